//! Size classes: pure arithmetic.
//!
//! Codes 1 to 32 are multiples of 16 bytes up to 512; 33 to 59 go on in four steps per doubling up to 32 KiB, which loses
//! a fifth at the most, and in seven from 4 to 8 KiB: pages of 4 KiB with a header are what databases ask for. Each of those
//! has the largest size of which a segment holds as many. A code is six bits of a table byte; 0 stands for no block.

use super::table::{CODE, PLAIN};

/// Blocks start at multiples of this and have sizes that are.
pub(super) const GRAIN: usize = 16;
/// How many classes there are. Codes go from 1 to this.
pub(super) const CLASSES: u8 = 59;
/// The largest block of a class, in bytes.
pub(super) const LARGEST: usize = 32 << 10;
/// Sizes up to this find their class in a table.
pub(super) const LOOKUP: usize = 1024;

/// The code of the first class above 4 KiB.
const FIRST_FINE: u8 = 45;
/// The sizes from there to 8 KiB. A segment holds 13, 12, 11, 10, 9, 8 and 7 of them behind its table.
const FINE: [u16; 7] = [4416, 4800, 5232, 5760, 6400, 7200, 8192];
/// How many more they are than four.
const MORE: u8 = FINE.len() as u8 - 4;

/// The byte of a live block for so many grains.
static PLAIN_BYTES: [u8; LOOKUP / GRAIN + 1] = {
    let mut codes = [PLAIN | 1; LOOKUP / GRAIN + 1];
    let mut grains = 1;
    while grains < codes.len() {
        codes[grains] = PLAIN | compute(grains * GRAIN);
        grains += 1;
    }
    codes
};

const fn compute(size: usize) -> u8 {
    if size <= 512 {
        return if size == 0 { 1 } else { size.div_ceil(GRAIN) as u8 };
    }
    let last = size - 1;
    let doubling = last.ilog2() - 9;
    let step = (last >> (doubling + 7)) & 3;
    let code = 33 + 4 * doubling as u8 + step as u8;
    match doubling {
        0..=2 => code,
        3 => {
            let mut fine = 0;
            while size > FINE[fine] as usize {
                fine += 1;
            }
            FIRST_FINE + fine as u8
        }
        _ => code + MORE,
    }
}

/// The byte of a live block for `size` bytes.
///
/// # Safety
/// At most [`LOOKUP`] bytes.
#[inline(always)]
pub(super) unsafe fn plain_of(size: usize) -> u8 {
    debug_assert!(size <= LOOKUP);
    // SAFETY: the caller's promise; the table has a place for each number of grains up to that.
    unsafe { *PLAIN_BYTES.get_unchecked(size.div_ceil(GRAIN)) }
}

/// As [`plain_of`]; `None` for 0 bytes and for more than [`LOOKUP`].
#[inline(always)]
pub(super) fn plain_of_some(size: usize) -> Option<u8> {
    // SAFETY: just compared: a place of the table.
    (size.wrapping_sub(1) < LOOKUP).then(|| unsafe { *PLAIN_BYTES.get_unchecked((size - 1) / GRAIN + 1) })
}

/// The class for `size` bytes, at most [`LARGEST`].
#[inline]
pub(super) fn of(size: usize) -> u8 {
    debug_assert!(size <= LARGEST);
    // SAFETY: just compared.
    if size <= LOOKUP { unsafe { plain_of(size) & CODE } } else { compute(size) }
}

/// The size of the blocks of a class, in bytes.
#[inline]
pub(super) const fn size(code: u8) -> usize {
    debug_assert!(code >= 1 && code <= CLASSES);
    if code <= 32 {
        return code as usize * GRAIN;
    }
    let fine = code.wrapping_sub(FIRST_FINE) as usize;
    if fine < FINE.len() {
        return FINE[fine] as usize;
    }
    let code = if code < FIRST_FINE { code } else { code - MORE };
    let (doubling, step) = ((code - 33) / 4, (code - 33) % 4);
    (512 + 128 * (step as usize + 1)) << doubling
}

static SIZES: [u16; CLASSES as usize + 1] = {
    let mut sizes = [0; CLASSES as usize + 1];
    let mut code = 1;
    while code <= CLASSES {
        sizes[code as usize] = size(code) as u16;
        code += 1;
    }
    sizes
};

/// As [`size`], from a table.
///
/// # Safety
/// The code of a class.
#[inline(always)]
pub(super) unsafe fn size_of(code: u8) -> usize {
    debug_assert!(code <= CLASSES);
    // SAFETY: the caller's promise.
    unsafe { *SIZES.get_unchecked(code as usize) as usize }
}

/// The sizes by the byte of a live block; 0 for every other byte.
static SIZES_OF_PLAIN: [u16; 256] = {
    let mut sizes = [0; 256];
    let mut code = 1;
    while code <= CLASSES {
        sizes[(PLAIN | code) as usize] = size(code) as u16;
        code += 1;
    }
    sizes
};

/// The size of the live block whose byte that is; `None` for a byte of anything else.
#[inline(always)]
pub(super) fn size_of_plain(byte: u8) -> Option<usize> {
    match SIZES_OF_PLAIN[byte as usize] {
        0 => None,
        size => Some(size as usize),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_byte_of_a_live_block_has_a_size_and_no_other_byte_has_one() {
        for byte in 0..=255 {
            let code = byte & CODE;
            let plain = byte & !CODE == PLAIN && (1..=CLASSES).contains(&code);
            assert_eq!(size_of_plain(byte), plain.then(|| size(code)), "{byte:#x}");
        }
        for size in 1..=LOOKUP {
            // SAFETY: at most LOOKUP bytes.
            assert_eq!(plain_of_some(size), Some(unsafe { plain_of(size) }));
        }
        assert_eq!([0, LOOKUP + 1, usize::MAX].map(plain_of_some), [None; 3]);
    }

    #[test]
    fn every_size_gets_the_smallest_class_that_holds_it() {
        for wanted in 0..=LARGEST {
            let code = of(wanted);
            assert!((1..=CLASSES).contains(&code) && size(code) >= wanted);
            assert!(code == 1 || size(code - 1) < wanted, "{wanted}");
            if wanted > 512 {
                assert!(size(code) * 4 <= wanted * 5, "{wanted} in {}", size(code));
            }
        }
        assert_eq!((size(32), size(33), size(36), size(37), size(CLASSES)), (512, 640, 1024, 1280, LARGEST));
        assert_eq!((size(44), size(45), size(51), size(52)), (4096, 4416, 8192, 10_240));
    }

    #[test]
    fn no_class_above_4_kib_could_be_larger_and_have_as_many_blocks_in_a_segment() {
        let room = super::super::segment::SEGMENT - super::super::table::OFFSET - super::super::table::SIZE;
        for fine in FINE.map(usize::from).into_iter().filter(|&fine| fine < 8192) {
            assert_eq!(room / fine, room / size(of(fine)));
            assert!(room / (fine + GRAIN) < room / fine, "{fine}");
        }
    }

    #[test]
    fn a_database_page_of_4_kib_with_its_header_loses_little() {
        assert_eq!(size(of(4096 + 272)), 4416);
    }
}
