//! What holds for compiled programs on any memory, seen from outside.

use arenite::Arena;
use bumpalo::Bump;
use workloads::builder::Heap;
use workloads::compiler::{CompileError, Fault, PROGRAMS, Phase, Phases, Summary, compile_and_run, generate};

fn run(source: &str) -> Result<Summary, CompileError> {
    compile_and_run(source, &mut Phases::<Heap>::new())
}

/// A program whose `main` is `body`.
fn main_of(body: &str) -> String {
    format!("fn main(): int {{ {body} }}")
}

#[test]
fn the_programs_that_come_with_the_source_give_what_they_should() {
    let results = PROGRAMS.map(|(name, source)| (name, run(source).map(|summary| summary.result)));
    assert_eq!(results, [("primes.sand", Ok(168)), ("towers.sand", Ok(1_023)), ("words.sand", Ok(654))]);
}

fn summaries<P: Phase>() -> Vec<Summary> {
    let mut phases = Phases::<P>::new();
    let generated = (0..10).map(|seed| generate(seed, 5 + 20 * seed as u32));
    let sources = PROGRAMS.iter().map(|(_, source)| (*source).to_owned()).chain(generated);
    sources
        .map(|source| compile_and_run(&source, &mut phases).unwrap_or_else(|error| panic!("{error}\n{source}")))
        .collect()
}

#[test]
fn all_memories_compile_the_same_code_and_get_the_same_results() {
    let plain = summaries::<Heap>();
    assert_eq!(plain, summaries::<Arena>());
    assert_eq!(plain, summaries::<Bump>());
    assert!(plain[12].instructions > 5_000 && plain[12].recursive > 0 && plain[12].reached <= plain[12].functions);
}

#[test]
fn operators_bind_and_evaluate_as_they_should() {
    for (expression, result) in
        [("1 + 2 * 3 - 8 / 4 % 3", 5), ("-(2 - 5) * -1", -3), ("len(\"a\\\"b\\n\\\\\" + str(-120))", 9)]
    {
        assert_eq!(run(&main_of(&format!("return {expression};"))).unwrap().result, result, "{expression}");
    }
    for (condition, holds) in [
        ("1 < 2 && 2 <= 2 && 3 > 2 && 3 >= 3 && 1 != 2", true),
        ("false && 1 / 0 == 0", false),
        ("true || 1 / 0 == 0", true),
        ("!(\"a\" == \"b\") == true", true),
        ("1 == 1 == false || 2 < 1", false),
    ] {
        let source = main_of(&format!("if {condition} {{ return 1; }} return 0;"));
        assert_eq!(run(&source).unwrap().result, i64::from(holds), "{condition}");
    }
}

#[test]
fn a_name_hides_that_of_an_outer_block_until_its_own_ends() {
    let source =
        main_of("let a = 1; if true { let a = 10; a = a + 1; } while a < 5 { let b = a; a = b + 1; } return a;");
    assert_eq!(run(&source).unwrap().result, 5);
}

#[test]
fn the_graph_of_calls_knows_circles_and_what_is_never_called() {
    let source = "fn a(n: int): int { if n == 0 { return 0; } return b(n - 1); }
        fn b(n: int): int { return a(n); } fn c(): int { return c(); } fn d(): int { return 1; }
        fn main(): int { return a(3) + d(); }";
    let summary = run(source).unwrap();
    assert_eq!((summary.functions, summary.reached, summary.recursive), (5, 4, 1));
}

#[test]
fn what_is_wrong_is_told_with_its_place() {
    for (source, fault, line, column) in [
        ("", Fault::NoMain, 1, 1),
        ("fn main(a: int): int { return a; }", Fault::NoMain, 1, 1),
        ("fn main(): int { return 1 }", Fault::Expected(";"), 1, 27),
        ("fn main(): int {\n return $; }", Fault::Character, 2, 9),
        ("fn main(): int { return \"a; }", Fault::Text, 1, 25),
        ("fn main(): int { return 99999999999999999999; }", Fault::Number, 1, 25),
        ("fn main(): int { return a; }", Fault::Unknown, 1, 25),
        ("fn main(): int { return f(); }", Fault::Unknown, 1, 25),
        ("fn main(): int { let a = 1; return a + \"b\"; }", Fault::Type, 1, 40),
        ("fn main(): int { if true { return 1; } }", Fault::NoReturn, 1, 1),
        ("fn main(): int { return len(1); }", Fault::Type, 1, 29),
        ("fn main(): int { return len(); }", Fault::Arguments, 1, 25),
        ("fn f(): int { return 1; } fn f(): int { return 1; }", Fault::Twice, 1, 27),
        ("fn len(a: text): int { return 1; }", Fault::Twice, 1, 1),
        ("fn main(): int { return 1 / 0; }", Fault::Division, 1, 27),
        ("fn main(): int { while true { } return 1; }", Fault::Limit, 1, 1),
        ("fn main(): int { return main(); }", Fault::Limit, 1, 1),
    ] {
        let found = run(source).map_err(|error| (error.fault, error.line, error.column));
        assert_eq!(found.map(|_| ()), Err((fault, line, column)), "{source}");
    }
    let deep = main_of(&format!("return {}1{};", "(".repeat(5_000), ")".repeat(5_000)));
    assert_eq!(run(&deep).map_err(|error| error.fault).map(|_| ()), Err(Fault::Depth));
}

#[test]
fn a_failed_compilation_leaves_every_phase_empty_and_the_next_one_right() {
    let mut phases = Phases::<Arena>::new();
    for source in ["fn main(): int { return a; }", "fn main(): int { return 1 / 0; }", "fn"] {
        assert!(compile_and_run(source, &mut phases).is_err());
        for arena in [&phases.names, &phases.tokens, &phases.tree, &phases.graph, &phases.code, &phases.values] {
            assert_eq!(arena.used(), 0);
        }
    }
    assert_eq!(compile_and_run(&main_of("return 7;"), &mut phases).unwrap().result, 7);
}

#[test]
fn once_warm_a_compilation_takes_no_block() {
    let mut phases = Phases::<Arena>::new();
    let source = generate(3, 100);
    let taken = |phases: &Phases<Arena>| {
        let Phases { names, tokens, tree, graph, code, values } = phases;
        [names, tokens, tree, graph, code, values].map(|arena| arena.stats().blocks_taken)
    };
    compile_and_run(&source, &mut phases).unwrap();
    let warm = taken(&phases);
    assert!(warm.iter().all(|&blocks| blocks > 0));
    (0..20).for_each(|_| assert!(compile_and_run(&source, &mut phases).is_ok()));
    assert_eq!(taken(&phases), warm);
}
