//! How much code a program has.

use std::{io, path::Path, process::Command};

/// Bytes of the section `.text`, by `size` of binutils.
pub(super) fn bytes(program: &Path) -> io::Result<i64> {
    let output = Command::new("size").arg("-A").arg(program).output().map_err(|error| {
        io::Error::other(format!("`size` tells how much code a program has: {error} (install binutils)"))
    })?;
    let said = String::from_utf8_lossy(&output.stdout);
    text_section(&said).ok_or_else(|| {
        let complaint = String::from_utf8_lossy(&output.stderr);
        io::Error::other(format!("`size -A {}` names no section .text:\n{said}{complaint}", program.display()))
    })
}

fn text_section(said: &str) -> Option<i64> {
    let mut words = said.lines().find(|line| line.starts_with(".text "))?.split_whitespace();
    words.nth(1)?.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_code_is_the_section_of_that_name() {
        let said = "program  :\nsection    size   addr\n.rodata   29336  55584\n.text    349187  127072\n.text.hot  1  2\nTotal  1\n";
        assert_eq!(text_section(said), Some(349_187));
        assert_eq!(text_section("program :\nTotal 0\n"), None);
    }

    #[test]
    fn a_program_that_is_not_there_is_an_error_that_names_it() {
        let error = bytes(Path::new("/no/such/program")).expect_err("it is not there").to_string();
        assert!(error.contains("/no/such/program"), "{error}");
    }
}
