//! What holds for documents on any memory, seen from outside.

use proptest::prelude::*;
use workloads::documents::builder::Heap;
use workloads::documents::{AreniteDesk, BumpaloDesk, Corpus, Format, PlainDesk, markdown, run};

#[test]
fn all_memories_write_the_same() {
    let corpus = Corpus::embedded();
    let plain = run(&corpus, &mut PlainDesk);
    assert_eq!(plain, run(&corpus, &mut AreniteDesk::new()));
    assert_eq!(plain, run(&corpus, &mut BumpaloDesk::new()));
    println!("{plain:#?}");
}

/// Reads, writes, and reads what was written.
fn again(text: &str) -> (String, String, String) {
    let first = markdown::read(text, Heap, &Heap);
    let mut xml = Vec::new();
    markdown::to_xml(&first, &mut xml, &Heap);
    let mut written = Vec::new();
    markdown::to_markdown(&first, &mut written, &Heap);
    let written = String::from_utf8(written).unwrap();
    let second = markdown::read(&written, Heap, &Heap);
    let mut same = Vec::new();
    markdown::to_xml(&second, &mut same, &Heap);
    (String::from_utf8(xml).unwrap(), written, String::from_utf8(same).unwrap())
}

#[test]
fn real_markdown_written_and_read_again_is_the_same_tree() {
    for file in Corpus::embedded().files.iter().filter(|file| file.format == Format::Markdown) {
        let (first, _, second) = again(&file.text);
        for (one, two) in first.lines().zip(second.lines()) {
            assert_eq!(one, two, "{}", file.name);
        }
        assert_eq!(first, second, "{}", file.name);
    }
}

/// Pieces of which Markdown is made, those that mean something beside each other in particular.
const PIECES: [&str; 58] = [
    "a", "b c", "Foo", " ", "  ", "    ", "\n", "\n\n", "\n", "\n  ", "\n    ", "*", "**", "***", "_", "__", "`", "``",
    "```", "~~~", "[", "]", "(", ")", "![", "](", "][", "[]", "[a]", "[a]: b", ": ", "<", ">", "<a>", "<div>",
    "</div>", "<!--", "-->", "<http://x>", "&amp;", "&", "\\", "\\\n", "#", "# ", "## ", "- ", "-", "+ ", "* ", "1. ", "2)",
    "> ", "---", "===", "\"t\"", "é", "!",
];

proptest! {
    #![proptest_config(ProptestConfig { cases: 1_000_000, max_shrink_iters: 100_000, ..ProptestConfig::default() })]

    #[test]
    fn any_markdown_written_and_read_again_is_the_same_tree(
        pieces in prop::collection::vec(prop::sample::select(&PIECES[..]), 0..24)
    ) {
        let text = pieces.concat();
        let (first, written, second) = again(&text);
        prop_assert_eq!(first, second, "from {:?} came {:?}", text, written);
    }
}
