//! `VirtualAlloc` and its kin: the state machine of regions and pages.

use super::{
    MemoryInfo, WinError,
    constants::{
        MEM_COMMIT, MEM_DECOMMIT, MEM_LARGE_PAGES, MEM_PRIVATE, MEM_RELEASE, MEM_RESERVE, MEM_RESET, MEM_TOP_DOWN,
    },
    os::{self, END, GRANULE},
    others,
    protection::Protection,
    region::{Page, Region},
    regions::Regions,
};
use crate::{source, sync::Lock};
use core::{
    ops::Range,
    ptr::{NonNull, with_exposed_provenance_mut},
};

static REGIONS: Lock<Regions> = Lock::new(Regions::new());

/// The unit in which states and protections change, in bytes: 4 KiB as on Windows, or the system's page if that is
/// larger.
#[must_use]
pub fn page_size() -> usize {
    source::page_size().max(4096)
}

/// Regions start at multiples of this: 64 KiB.
#[must_use]
pub const fn allocation_granularity() -> usize {
    GRANULE
}

/// Every page that holds a byte of `size` bytes from `address` on. `None`: beyond the last address.
fn pages_of(address: usize, size: usize) -> Option<Range<usize>> {
    let page = page_size();
    let end = address.checked_add(size)?.checked_next_multiple_of(page)?;
    (end <= END).then_some(address & !(page - 1)..end)
}

/// The pages of `range`, which lies in the region, by number.
fn numbers(region: &Region, range: &Range<usize>) -> Range<usize> {
    let page = page_size();
    (range.start - region.base) / page..(range.end - region.base) / page
}

fn addresses(region: &Region, pages: &Range<usize>) -> Range<usize> {
    let page = page_size();
    region.base + pages.start * page..region.base + pages.end * page
}

/// The region that all of `range` lies in.
fn region_of<'a>(regions: &'a mut Regions, range: &Range<usize>) -> Result<&'a mut Region, WinError> {
    let page = page_size();
    regions
        .find(range.start, page)
        .filter(|region| range.end <= region.base + region.pages * page)
        .ok_or(WinError::INVALID_ADDRESS)
}

/// Reserves a region, commits pages of one, does both, or resets pages, as `kind` says:
/// - `MEM_RESERVE`: a new region, anywhere when `address` is 0, else at `address` rounded down to 64 KiB and up to the
///   last page that holds one of the `size` bytes. Its pages can be used by nobody.
/// - `MEM_COMMIT`: the pages that hold one of the `size` bytes from `address` on, all of one region, become usable; new
///   ones read as zero, those that were committed keep their contents and get this protection. With address 0: also
///   reserves.
/// - `MEM_RESERVE | MEM_COMMIT`: both. `MEM_TOP_DOWN` may stand beside these, and changes nothing.
/// - `MEM_RESET`: what is in the committed pages is of no interest any more; they may read as zero or as before.
///
/// Returns the address of the region, or of the first page. `protect` is one of the `PAGE_` values. O(regions + runs of
/// the region), and one call to the system, two for a region that is committed at once.
///
/// # Safety
/// Nobody relies on access to committed pages that they lose by this.
///
/// # Errors
/// `ERROR_INVALID_PARAMETER`: size 0, a range beyond all addresses or below 64 KiB, flags that do not go together,
/// a protection that private memory cannot have. `ERROR_INVALID_ADDRESS`: the place is taken, or no region's.
/// `ERROR_NOT_ENOUGH_MEMORY`. `ERROR_PRIVILEGE_NOT_HELD` for `MEM_LARGE_PAGES`. `ERROR_ACCESS_DENIED`: the system does
/// not allow the protection. Nothing has changed.
pub unsafe fn virtual_alloc(address: usize, size: usize, kind: u32, protect: u32) -> Result<NonNull<u8>, WinError> {
    let protection = Protection::new(protect)?;
    if size == 0 || size > END {
        return Err(WinError::INVALID_PARAMETER);
    }
    let done = match kind & !MEM_TOP_DOWN {
        MEM_RESET if kind == MEM_RESET => reset(address, size),
        MEM_COMMIT if address != 0 => commit(address, size, protection),
        MEM_RESERVE => reserve(address, size, protection, false),
        kind if kind == MEM_COMMIT || kind == MEM_RESERVE | MEM_COMMIT => reserve(address, size, protection, true),
        kind if kind & MEM_LARGE_PAGES != 0 && kind & (MEM_RESERVE | MEM_COMMIT) != 0 => {
            Err(WinError::PRIVILEGE_NOT_HELD)
        }
        _ => Err(WinError::INVALID_PARAMETER),
    }?;
    NonNull::new(with_exposed_provenance_mut(done)).ok_or(WinError::INVALID_PARAMETER)
}

fn reserve(address: usize, size: usize, protection: Protection, committed: bool) -> Result<usize, WinError> {
    let page = page_size();
    let wanted = match address {
        0 => None,
        // The first 64 KiB are nobody's.
        1..GRANULE => return Err(WinError::INVALID_PARAMETER),
        _ => Some(address & !(GRANULE - 1)),
    };
    let end = match wanted {
        None => size.checked_next_multiple_of(page),
        Some(_) => pages_of(address, size).map(|pages| pages.end),
    };
    let end = end.ok_or(WinError::INVALID_PARAMETER)?;
    let size = end - wanted.unwrap_or(0);
    let mut regions = REGIONS.lock();
    if wanted.is_some_and(|base| regions.overlaps(&(base..end), page)) {
        return Err(WinError::INVALID_ADDRESS);
    }
    regions.reserve()?;
    let mut region = Region::new(0, size / page, protection).ok_or(WinError::NOT_ENOUGH_MEMORY)?;
    region.base = os::reserve(wanted, size)?;
    if committed {
        // SAFETY: a new region, which nobody uses.
        if let Err(refused) = unsafe { os::commit(region.base..region.base + size, protection) } {
            // SAFETY: as above.
            let _ = unsafe { os::release(region.base..region.base + size) };
            return Err(refused);
        }
        region.change(0..size / page, |_| Page { protection: Some(protection), locked: false });
    }
    let base = region.base;
    regions.insert(region);
    Ok(base)
}

fn commit(address: usize, size: usize, protection: Protection) -> Result<usize, WinError> {
    if address < GRANULE {
        return Err(WinError::INVALID_PARAMETER);
    }
    let range = pages_of(address, size).ok_or(WinError::INVALID_PARAMETER)?;
    let mut regions = REGIONS.lock();
    let region = region_of(&mut regions, &range)?;
    region.reserve()?;
    let pages = numbers(region, &range);
    // SAFETY: pages of a region; `virtual_alloc`'s caller answers for who uses them.
    if let Err(refused) = unsafe { os::commit(range.clone(), protection) } {
        put_back(region, pages);
        return Err(refused);
    }
    region.change(pages, |page| Page { protection: Some(protection), ..page });
    Ok(range.start)
}

/// Some systems may have changed a part of what they refused: every page is again as the table says.
#[cold]
fn put_back(region: &Region, pages: Range<usize>) {
    for (run, page) in region.runs(pages) {
        // SAFETY: pages of a region, with the access that they had.
        let _ = unsafe { os::protect(addresses(region, &run), page.protection.unwrap_or(Protection::NONE)) };
    }
}

fn reset(address: usize, size: usize) -> Result<usize, WinError> {
    let range = pages_of(address, size).ok_or(WinError::INVALID_PARAMETER)?;
    let mut regions = REGIONS.lock();
    let region = region_of(&mut regions, &range)?;
    if !region.all(numbers(region, &range), |page| page.is_committed()) {
        return Err(WinError::INVALID_ADDRESS);
    }
    // SAFETY: committed pages of a region; `virtual_alloc`'s caller answers for their contents.
    unsafe { os::discard(range.clone()) };
    Ok(range.start)
}

/// Takes pages or a region back, as `kind` says:
/// - `MEM_DECOMMIT`: the pages that hold one of the `size` bytes from `address` on become reserved, whether they were
///   committed or not; what was in them is gone. Size 0 with the address of a region: all of its pages.
/// - `MEM_RELEASE`: the region that starts at `address` ends, whatever its pages are. `size` is 0.
///
/// # Safety
/// Nobody uses what is in the pages any more.
///
/// # Errors
/// `ERROR_INVALID_PARAMETER`: another `kind`, a release with a size, a range beyond its region.
/// `ERROR_INVALID_ADDRESS`: no region is there, or it does not start there. Nothing has changed.
pub unsafe fn virtual_free(address: usize, size: usize, kind: u32) -> Result<(), WinError> {
    if kind != MEM_DECOMMIT && kind != MEM_RELEASE || kind == MEM_RELEASE && size != 0 {
        return Err(WinError::INVALID_PARAMETER);
    }
    let page = page_size();
    let start = address & !(page - 1);
    let mut regions = REGIONS.lock();
    let region = regions.find(start, page).ok_or(WinError::INVALID_ADDRESS)?;
    let whole = region.base..region.base + region.pages * page;
    if size == 0 && start != whole.start {
        return Err(WinError::INVALID_ADDRESS);
    }
    if kind == MEM_RELEASE {
        // SAFETY: a whole region; the caller says that nobody uses it.
        unsafe { os::release(whole) }?;
        regions.remove(start);
        return Ok(());
    }
    let range = if size == 0 { Some(whole.clone()) } else { pages_of(address, size) };
    let range = range.filter(|range| range.end <= whole.end).ok_or(WinError::INVALID_PARAMETER)?;
    let pages = numbers(region, &range);
    region.reserve()?;
    // SAFETY: pages of a region; the caller says that nobody uses them. Their locks end with their memory.
    unsafe { os::decommit(range) }?;
    region.change(pages, |_| Page::RESERVED);
    Ok(())
}

/// Gives committed pages another protection: those that hold one of the `size` bytes from `address` on, all of one
/// region. Returns that of the first page until now.
///
/// # Safety
/// Nobody relies on access that they lose.
///
/// # Errors
/// `ERROR_INVALID_PARAMETER`: size 0, or a protection that private memory cannot have. `ERROR_INVALID_ADDRESS`: not all
/// of it is committed in one region. `ERROR_ACCESS_DENIED`: the system does not allow the protection. Nothing has
/// changed.
pub unsafe fn virtual_protect(address: usize, size: usize, protect: u32) -> Result<u32, WinError> {
    let protection = Protection::new(protect)?;
    if size == 0 {
        return Err(WinError::INVALID_PARAMETER);
    }
    let range = pages_of(address, size).ok_or(WinError::INVALID_ADDRESS)?;
    let mut regions = REGIONS.lock();
    let region = region_of(&mut regions, &range)?;
    let pages = numbers(region, &range);
    if !region.all(pages.clone(), |page| page.is_committed()) {
        return Err(WinError::INVALID_ADDRESS);
    }
    let old = region.at(pages.start).0.protection.map_or(0, Protection::bits);
    region.reserve()?;
    // SAFETY: committed pages of a region; the caller answers for who uses them.
    if let Err(refused) = unsafe { os::protect(range, protection) } {
        put_back(region, pages);
        return Err(refused);
    }
    region.change(pages, |page| Page { protection: Some(protection), ..page });
    Ok(old)
}

/// What is at `address`, whoever's it is, and how far that goes on. For memory that is not this module's the system is
/// asked; where that cannot be (elsewhere than on Linux, Android and Windows) such memory is said to be free.
///
/// # Errors
/// `ERROR_INVALID_PARAMETER`: beyond the last address that a program can use.
pub fn virtual_query(address: usize) -> Result<MemoryInfo, WinError> {
    let page = page_size();
    let start = address & !(page - 1);
    if start >= END {
        return Err(WinError::INVALID_PARAMETER);
    }
    let mut regions = REGIONS.lock();
    if let Some(region) = regions.find(start, page) {
        let (state, end) = region.at((start - region.base) / page);
        return Ok(MemoryInfo {
            base_address: start,
            allocation_base: region.base,
            allocation_protect: region.protection.bits(),
            region_size: region.base + end * page - start,
            state: if state.is_committed() { MEM_COMMIT } else { MEM_RESERVE },
            protect: state.protection.map_or(0, Protection::bits),
            kind: MEM_PRIVATE,
        });
    }
    let end = regions.next_base(start, page).unwrap_or(END);
    drop(regions);
    Ok(others::ask(start, end))
}

/// Keeps the pages that hold one of the `size` bytes from `address` on in RAM. They are locked once, however often this
/// is called.
///
/// # Errors
/// `ERROR_INVALID_PARAMETER`: size 0. `ERROR_NOACCESS`: not all of it is committed in one region and open to access.
/// `ERROR_WORKING_SET_QUOTA`: the process may not lock so much (`ulimit -l`). Nothing has changed.
pub fn virtual_lock(address: usize, size: usize) -> Result<(), WinError> {
    if size == 0 {
        return Err(WinError::INVALID_PARAMETER);
    }
    let range = pages_of(address, size).ok_or(WinError::NOACCESS)?;
    let mut regions = REGIONS.lock();
    let region = region_of(&mut regions, &range).map_err(|_| WinError::NOACCESS)?;
    let pages = numbers(region, &range);
    if !region.all(pages.clone(), |page| page.protection.is_some_and(|protection| !protection.is_closed())) {
        return Err(WinError::NOACCESS);
    }
    region.reserve()?;
    if let Err(refused) = os::lock(range.clone()) {
        // The system may have locked a part.
        for (unlocked, _) in region.runs(pages).filter(|(_, page)| !page.locked) {
            let _ = os::unlock(addresses(region, &unlocked));
        }
        return Err(refused);
    }
    region.change(pages, |page| Page { locked: true, ..page });
    Ok(())
}

/// Lets pages leave RAM again. The range need not be one that was locked as such.
///
/// # Errors
/// `ERROR_NOT_LOCKED`: not every page of it is. `ERROR_INVALID_PARAMETER`: size 0. Nothing has changed.
pub fn virtual_unlock(address: usize, size: usize) -> Result<(), WinError> {
    if size == 0 {
        return Err(WinError::INVALID_PARAMETER);
    }
    let range = pages_of(address, size).ok_or(WinError::NOT_LOCKED)?;
    let mut regions = REGIONS.lock();
    let region = region_of(&mut regions, &range).map_err(|_| WinError::NOT_LOCKED)?;
    let pages = numbers(region, &range);
    if !region.all(pages.clone(), |page| page.locked) {
        return Err(WinError::NOT_LOCKED);
    }
    region.reserve()?;
    os::unlock(range)?;
    region.change(pages, |page| Page { locked: false, ..page });
    Ok(())
}
