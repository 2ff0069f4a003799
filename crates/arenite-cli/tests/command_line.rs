//! Help, usage errors and exit codes.

mod common;
use common::arenite;

#[test]
fn help_says_what_it_is_in_three_lines_and_names_each_command() {
    let help = arenite("--help").passed().out;
    let about: Vec<&str> = help.lines().take_while(|line| !line.is_empty()).collect();
    assert_eq!(about.len(), 3, "{help}");
    assert!(about[0].starts_with("Arenite: memory for programs that know when it dies"));
    for word in ["stress", "frames", "Examples:", "Exit codes"] {
        assert!(help.contains(word), "{word} in {help}");
    }
}

#[test]
fn each_command_teaches_by_examples() {
    for command in ["stress", "frames"] {
        let help = arenite(&format!("{command} --help")).passed().out;
        assert!(help.contains("Examples:") && help.contains(&format!("arenite {command} --")), "{help}");
    }
    assert!(arenite("stress --help").out.contains("makes 200 levels with\n--regen and --validate on both memories"));
}

#[test]
fn a_wrong_command_line_is_told_on_standard_error_with_exit_code_two() {
    for words in [
        "",
        "nonsense",
        "stress --nonsense",
        "stress --count 0",
        "stress --count many",
        "stress --memory cheese",
        "stress --draw level.jpg",
        "stress stray",
        "frames --frames 1",
        "frames --full-clear perhaps",
    ] {
        let run = arenite(words);
        assert_eq!(run.code, Some(2), "{words}: {}{}", run.out, run.err);
        assert!(run.out.is_empty() && run.err.contains("--help"), "{words}: {}", run.err);
    }
}

#[test]
fn a_drawing_that_cannot_be_written_fails_with_who_what_why_and_what_to_do() {
    let run = arenite("stress --count 1 --draw /nonexistent/level.png");
    assert_eq!((run.code, run.out.as_str()), (Some(1), ""));
    for word in ["the drawing /nonexistent/level.png", "cannot be written", "check the directory"] {
        assert!(run.err.contains(word), "{word} in {}", run.err);
    }
    assert!(!run.err.contains('\x1b'), "no colours where it is no terminal: {:?}", run.err);
}
