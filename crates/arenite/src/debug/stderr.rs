//! Text to stderr, without memory.

use core::fmt;

/// Prints to stderr, in pieces of a buffer in place: nothing is allocated, and a write that fails is let go.
#[cfg(feature = "std")]
pub(crate) fn print(text: fmt::Arguments<'_>) {
    use std::io::{Write, stderr};

    struct Buffer<W: Write> {
        bytes: [u8; 1024],
        len: usize,
        to: W,
    }

    impl<W: Write> Buffer<W> {
        fn flush(&mut self) {
            let _ = self.to.write_all(&self.bytes[..self.len]);
            self.len = 0;
        }
    }

    impl<W: Write> fmt::Write for Buffer<W> {
        fn write_str(&mut self, text: &str) -> fmt::Result {
            for piece in text.as_bytes().chunks(self.bytes.len()) {
                if piece.len() > self.bytes.len() - self.len {
                    self.flush();
                }
                self.bytes[self.len..][..piece.len()].copy_from_slice(piece);
                self.len += piece.len();
            }
            Ok(())
        }
    }

    // Locked throughout, so that two threads' texts do not mix.
    let mut buffer = Buffer { bytes: [0; 1024], len: 0, to: stderr().lock() };
    let _ = fmt::write(&mut buffer, text);
    buffer.flush();
}

/// There is no stderr: only a callback hears of faults.
#[cfg(not(feature = "std"))]
pub(crate) fn print(_: fmt::Arguments<'_>) {}
