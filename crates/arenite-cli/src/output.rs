//! What goes to standard output.

use crate::verdict::Failure;
use std::io::{self, Write};

/// Prints text and a line's end; styles are left out where nobody sees them. A reader that has gone away (`| head`) is no
/// failure.
pub(crate) fn print(text: &str) -> Result<(), Failure> {
    let mut out = anstream::stdout().lock();
    match writeln!(out, "{text}").and_then(|()| out.flush()) {
        Err(error) if error.kind() != io::ErrorKind::BrokenPipe => Err(Failure {
            who: "standard output".to_owned(),
            what: format!("cannot be written: {error}"),
            remedy: "check the file or program that it goes to",
        }),
        _ => Ok(()),
    }
}
