//! What holds for documents on any memory, seen from outside.

use proptest::prelude::*;
use workloads::builder::{Heap, List};
use workloads::documents::{
    AreniteDesk, BumpaloDesk, Corpus, CorpusError, Desk, File, Format, PlainDesk, Summary, check, json, markdown, run,
    work,
};

#[test]
fn all_memories_read_check_and_write_the_same() {
    let corpus = Corpus::embedded();
    let plain = run(&corpus, &mut PlainDesk);
    assert_eq!(plain, run(&corpus, &mut AreniteDesk::new()));
    assert_eq!(plain, run(&corpus, &mut BumpaloDesk::new()));
    assert_eq!(plain.read, corpus.bytes());
    let corpus = corpus.with_programs();
    assert_eq!(run(&corpus, &mut PlainDesk), run(&corpus, &mut AreniteDesk::new()));
    assert_eq!(run(&corpus, &mut PlainDesk), run(&corpus, &mut BumpaloDesk::new()));
    assert!(plain.documents == 12 && plain.rejected == 0 && plain.nodes > 75_000 && plain.written > 2 * plain.read);
}

#[test]
fn what_is_written_is_the_same_for_ever_and_everywhere() {
    let hash = run(&Corpus::embedded(), &mut PlainDesk).hash;
    assert_eq!(hash, RECORDED, "if a reader or formatter was changed on purpose, record this: {hash:#018x}");
}

const RECORDED: u64 = 0x0fcf_f382_b3bb_f3e7;

#[test]
fn every_real_document_comes_out_well_on_every_memory() {
    let (mut arenite, mut bumpalo) = (AreniteDesk::new(), BumpaloDesk::new());
    for file in &Corpus::embedded().files {
        assert_eq!(check(file, &mut PlainDesk), Ok(()));
        assert_eq!(check(file, &mut arenite), Ok(()));
        assert_eq!(check(file, &mut bumpalo), Ok(()));
    }
}

#[test]
fn real_documents_keep_their_schemas() {
    for file in Corpus::embedded().files.iter().filter(|file| file.schema.is_some()) {
        let value = json::read(&file.text, Heap).expect("packages hold JSON");
        let found = json::validate(&value, file.schema.as_ref(), Heap, &Heap);
        let told: Vec<String> = found.iter().map(|it| format!("{}: {}", it.at, it.what)).collect();
        assert!(told.is_empty(), "{}: {told:?}", file.name);
    }
}

// Pattern 1 of the plan: temporary memory.
#[test]
fn what_functions_need_comes_from_scopes_that_leave_nothing_behind() {
    let desk = AreniteDesk::new();
    let text = "# A\n\n> - [b](c) *d*\n>\n>   ```\n>   e\n>   ```\n";
    let document = markdown::read(text, desk.place(), &desk.scratch());
    let used = |desk: &AreniteDesk, name: &str| {
        desk.report().arenas.iter().find(|arena| arena.name == name).map(|arena| (arena.used, arena.high_water))
    };
    assert!(used(&desk, "scratch").is_some_and(|(used, most)| used == 0 && most > 0));
    let before = used(&desk, "document");
    markdown::to_markdown(&document, &mut Vec::new(), &desk.scratch());
    markdown::to_xml(&document, &mut Vec::new(), &desk.scratch());
    assert_eq!((used(&desk, "scratch").map(|it| it.0), used(&desk, "document")), (Some(0), before));
}

// Pattern 2: one arena for many files.
#[test]
fn once_warm_an_arena_takes_no_block_and_gives_none_back() {
    let corpus = Corpus::embedded().with_programs();
    let mut desk = AreniteDesk::new();
    let first = run(&corpus, &mut desk);
    let warm = desk.report();
    for _ in 0..5 {
        assert_eq!(run(&corpus, &mut desk), first);
        let now = desk.report();
        assert_eq!(now, warm);
        assert_eq!(now.live(), Some(0));
    }
}

// Pattern 3: scopes inside scopes.
#[test]
fn containers_nest_scopes_as_deep_as_the_reader_allows_and_deeper_ones_are_text() {
    let desk = AreniteDesk::new();
    let text = format!("{}deep", "> ".repeat(100));
    let document = markdown::read(&text, desk.place(), &desk.scratch());
    assert_eq!(document.nodes(), 32 + 2, "quotes, the paragraph and its text");
    assert!(xml(&text).contains("&gt; &gt; deep"));
}

#[test]
fn what_is_no_json_is_rejected_with_nothing_left_behind() {
    let text = format!("[{}1, // comment\n]", "\"some text\", ".repeat(1_000));
    let file = File { name: "a.json".to_owned(), format: Format::Json, text: text.into(), schema: None };
    let mut desk = AreniteDesk::new();
    let summary = work(&file, &mut desk);
    assert_eq!((summary.rejected, summary.nodes, summary.written), (1, 0, 0));
    assert_eq!(summary, work(&file, &mut PlainDesk));
    assert_eq!(desk.report().live(), Some(0));
    assert_eq!(check(&file, &mut desk), Ok(()));
}

#[test]
fn a_directory_is_a_corpus_with_its_schemas() {
    let directory = std::env::temp_dir().join(format!("arenite-corpus-{}", std::process::id()));
    std::fs::create_dir_all(directory.join("inner")).expect("a directory of ours");
    for (name, text) in [
        ("b.json", "\u{FEFF}[1, 2.5]"),
        ("b.schema.json", r#"{"items": {"type": "integer"}}"#),
        ("inner/a.md", "# Title\n\n### Jump [x][y]\n"),
        ("other.txt", "no document"),
    ] {
        std::fs::write(directory.join(name), text).expect("a file of ours");
    }
    let corpus = Corpus::directory(&directory).expect("it has documents");
    let names: Vec<&str> = corpus.files.iter().map(|file| file.name.as_str()).collect();
    assert_eq!(names, ["b.json", "inner/a.md"]);
    let summary: Summary = run(&corpus, &mut PlainDesk);
    assert_eq!((summary.documents, summary.violations), (2, 3));
    std::fs::write(directory.join("b.schema.json"), "{").expect("a file of ours");
    assert!(matches!(Corpus::directory(&directory), Err(CorpusError::Schema(..))));
    std::fs::remove_dir_all(&directory).expect("ours");
    assert!(matches!(Corpus::directory(&directory), Err(CorpusError::Io(..))));
}

#[test]
fn the_markdown_validator_finds_jumps_dead_links_and_labels_defined_twice() {
    let text = "# A\n\n### B\n\n[c][dead] [d][] [e] [f]() [g][ok] ![h][also dead]\n\n[ok]: x\n[OK]: y\n[no]: <>\n";
    let document = markdown::read(text, Heap, &Heap);
    let found = markdown::validate(&document, Heap, &Heap);
    let told: Vec<String> = found.iter().map(|it| format!("{}: {}", it.at, it.what)).collect();
    assert_eq!(
        told,
        [
            "ok: the label is defined twice",
            "B: the heading leaves out a level",
            "c: the reference's label is not defined",
            "d: the reference's label is not defined",
            "f: the link leads nowhere",
            "h: the reference's label is not defined",
            "no: the label leads nowhere",
        ]
    );
}

fn xml(text: &str) -> String {
    let mut out = Vec::new();
    markdown::to_xml(&markdown::read(text, Heap, &Heap), &mut out, &Heap);
    String::from_utf8(out).expect("UTF-8")
}

/// The elements of a document that is one line of XML, without what stands around them.
fn inner(text: &str) -> String {
    let xml = xml(text);
    let (_, body) = xml.split_once("<document>\n").expect("a document");
    let body = body.strip_suffix("</document>\n").expect("its end");
    body.lines().map(str::trim_start).collect::<Vec<_>>().join("")
}

#[test]
fn markdown_means_what_commonmark_says() {
    for (text, expected) in [
        ("a\n===", "<heading level=\"1\">a</heading>"),
        ("# a #\nb", "<heading level=\"1\">a</heading><paragraph>b</paragraph>"),
        ("*a **b** _c_*", "<paragraph><emph>a <strong>b</strong> <emph delimiter=\"_\">c</emph></emph></paragraph>"),
        ("a_b_c *d**e*", "<paragraph>a_b_c <emph>d**e</emph></paragraph>"),
        ("`` a`b `` \\*c\\*", "<paragraph><code>a`b</code> *c*</paragraph>"),
        ("a  \nb\\\nc\nd", "<paragraph>a<linebreak/>b<linebreak/>c<softbreak/>d</paragraph>"),
        (
            "[a *b*](<c d> \"e\") ![f](g)",
            "<paragraph><link destination=\"c d\" title=\"e\">a <emph>b</emph></link> \
             <image destination=\"g\">f</image></paragraph>",
        ),
        (
            "[A]\n\n[a]: b 'c'",
            "<paragraph><link label=\"a\" reference=\"shortcut\" destination=\"b\" title=\"c\">A</link></paragraph>\
             <definition label=\"a\" destination=\"b\" title=\"c\"/>",
        ),
        (
            "<http://a> <b c=\"d\"> &amp; & <",
            "<paragraph><autolink>http://a</autolink> <html_inline>&lt;b c=&quot;d&quot;&gt;</html_inline> \
             <entity>&amp;amp;</entity> &amp; &lt;</paragraph>",
        ),
        ("***\n---\n_ _ _", "<thematic_break/><thematic_break/><thematic_break/>"),
        ("~~~ rust x\n a\n\n~~~", "<code_block info=\"rust x\" xml:space=\"preserve\"> a&#10;&#10;</code_block>"),
        ("    a\n\n     b\n", "<code_block xml:space=\"preserve\">a&#10;&#10; b&#10;</code_block>"),
        (
            "<div>\n*a*\n\nb",
            "<html_block xml:space=\"preserve\">&lt;div&gt;&#10;*a*&#10;</html_block><paragraph>b</paragraph>",
        ),
        ("> a\nb\n\nc", "<block_quote><paragraph>a<softbreak/>b</paragraph></block_quote><paragraph>c</paragraph>"),
        (
            "2. a\n3. b\n   - c\n",
            "<list type=\"ordered\" start=\"2\" delimiter=\".\" tight=\"true\"><item><paragraph>a</paragraph></item>\
             <item><paragraph>b</paragraph><list type=\"bullet\" delimiter=\"-\" tight=\"true\"><item>\
             <paragraph>c</paragraph></item></list></item></list>",
        ),
        (
            "- a\n\n  b\n- c",
            "<list type=\"bullet\" delimiter=\"-\" tight=\"false\"><item><paragraph>a</paragraph>\
             <paragraph>b</paragraph></item><item><paragraph>c</paragraph></item></list>",
        ),
        (
            "a\n2. b\n- c",
            "<paragraph>a<softbreak/>2. b</paragraph><list type=\"bullet\" delimiter=\"-\" tight=\"true\"><item>\
          <paragraph>c</paragraph></item></list>",
        ),
    ] {
        assert_eq!(inner(text), expected, "{text:?}");
    }
}

#[test]
fn input_made_to_be_slow_or_deep_is_neither() {
    for piece in
        ["*a ", "[", "![", "`a ``", "> ", "- ", "a_b*", "<a ", "[a](", "**a _b ", "&#", "1. ", "\\", "*a* _b ", "<!--"]
    {
        let text = piece.repeat(20_000);
        let (first, _, second) = again(&text);
        assert!(first == second, "{piece:?}");
    }
}

/// Reads, writes, and reads what was written: both trees as XML, and what was written.
fn again(text: &str) -> (String, String, String) {
    let mut written = Vec::new();
    markdown::to_markdown(&markdown::read(text, Heap, &Heap), &mut written, &Heap);
    let written = String::from_utf8(written).expect("UTF-8");
    (xml(text), written.clone(), xml(&written))
}

/// Pieces of which Markdown is made, those that mean something beside each other in particular.
const PIECES: [&str; 58] = [
    "a",
    "b c",
    "Foo",
    " ",
    "  ",
    "    ",
    "\n",
    "\n\n",
    "\n",
    "\n  ",
    "\n    ",
    "*",
    "**",
    "***",
    "_",
    "__",
    "`",
    "``",
    "```",
    "~~~",
    "[",
    "]",
    "(",
    ")",
    "![",
    "](",
    "][",
    "[]",
    "[a]",
    "[a]: b",
    ": ",
    "<",
    ">",
    "<a>",
    "<div>",
    "</div>",
    "<!--",
    "-->",
    "<http://x>",
    "&amp;",
    "&",
    "\\",
    "\\\n",
    "#",
    "# ",
    "## ",
    "- ",
    "-",
    "+ ",
    "* ",
    "1. ",
    "2)",
    "> ",
    "---",
    "===",
    "\"t\"",
    "é",
    "!",
];

proptest! {
    #![proptest_config(ProptestConfig { cases: 20_000, max_shrink_iters: 100_000, failure_persistence: None,
        ..ProptestConfig::default() })]

    #[test]
    fn any_markdown_written_and_read_again_is_the_same_tree(
        pieces in prop::collection::vec(prop::sample::select(&PIECES[..]), 0..24)
    ) {
        let text = pieces.concat();
        let (first, written, second) = again(&text);
        prop_assert_eq!(first, second, "from {:?} came {:?}", text, written);
    }
}

/// Any JSON value as text, with white space and escapes where they may be.
fn any_json() -> impl Strategy<Value = String> {
    let space = prop::sample::select(&["", " ", "\n\t", "\r\n"][..]);
    let string = "[a-zA-Z0-9 é😀/]{0,8}".prop_flat_map(|text| {
        let escape = prop::sample::select(&["", "\\n", "\\\\", "\\\"", "\\u00e9", "\\ud83d\\ude00", "\\/"][..]);
        escape.prop_map(move |escape| format!("\"{text}{escape}\""))
    });
    let number = "-?(0|[1-9][0-9]{0,20})(\\.[0-9]{1,4})?([eE][+-]?[0-9]{1,3})?";
    let leaf = prop_oneof![Just("null".to_owned()), Just("true".to_owned()), number.boxed(), string.clone().boxed()];
    leaf.prop_recursive(5, 64, 8, move |inner| {
        let array = prop::collection::vec(inner.clone(), 0..8).prop_map(|items| format!("[{}]", items.join(",")));
        let member = (string.clone(), space.clone(), inner)
            .prop_map(|(name, space, value)| format!("{name}{space}:{space}{value}"));
        let object = prop::collection::vec(member, 0..12).prop_map(|members| format!("{{ {} }}", members.join(" , ")));
        prop_oneof![array, object]
    })
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 500, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn any_json_is_read_alike_on_every_memory_and_cut_short_it_is_rejected(text in any_json(), cut in 0.0..1.0f64) {
        let file = |text: &str| {
            let text = text.to_owned().into();
            File { name: "any.json".to_owned(), format: Format::Json, text, schema: None }
        };
        let whole = file(&text);
        let summary = work(&whole, &mut PlainDesk);
        prop_assert_eq!(summary.rejected, 0);
        prop_assert_eq!(summary, work(&whole, &mut AreniteDesk::new()));
        prop_assert_eq!(summary, work(&whole, &mut BumpaloDesk::new()));
        prop_assert_eq!(check(&whole, &mut PlainDesk), Ok(()));
        // A cut number may still be one.
        if text.starts_with(['[', '{', '"']) {
            let mut at = (cut * text.len() as f64) as usize;
            while !text.is_char_boundary(at) {
                at -= 1;
            }
            let short = work(&file(&text[..at]), &mut AreniteDesk::new());
            prop_assert_eq!(short.rejected, 1, "{}", &text[..at]);
        }
    }
}
