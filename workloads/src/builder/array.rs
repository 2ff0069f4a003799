//! Arrays that grow.

use std::ops::DerefMut;

/// What programs do with a growing array, whichever memory it is in.
pub trait Array<T>: DerefMut<Target = [T]> {
    /// Appends an element.
    fn push(&mut self, value: T);

    /// Removes the last element.
    fn pop(&mut self) -> Option<T>;

    /// Drops what lies behind the first `len` elements.
    fn truncate(&mut self, len: usize);

    /// Appends copies.
    fn extend(&mut self, items: &[T])
    where
        T: Copy;
}

/// Appends the decimal digits of `number`.
#[inline]
pub fn push_number(bytes: &mut impl Array<u8>, number: u64) {
    let mut digits = [0; 20];
    let mut at = digits.len();
    let mut rest = number;
    loop {
        at -= 1;
        digits[at] = b'0' + (rest % 10) as u8;
        rest /= 10;
        if rest == 0 {
            break;
        }
    }
    bytes.extend(&digits[at..]);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_written_as_the_standard_library_writes_them() {
        for number in [0, 7, 10, 99, 100, 12_345, u64::MAX] {
            let mut bytes = Vec::new();
            push_number(&mut bytes, number);
            assert_eq!(bytes, number.to_string().as_bytes());
        }
    }
}
