//! A reserved region: the state of each of its pages. Pure bookkeeping, no system call, no `unsafe`.

use super::{WinError, protection::Protection};
use allocator_api2::vec::Vec;
use core::ops::Range;
use std::alloc::System;

/// The state of a page.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) struct Page {
    /// `None`: reserved.
    pub(super) protection: Option<Protection>,
    pub(super) locked: bool,
}

impl Page {
    pub(super) const RESERVED: Self = Self { protection: None, locked: false };

    pub(super) const fn is_committed(&self) -> bool {
        self.protection.is_some()
    }
}

/// Pages of equal state, from the first up to the next run's.
#[derive(Clone, Copy, Debug)]
struct Run {
    first: usize,
    page: Page,
}

/// A region and its pages, kept as runs of equal state: a terabyte with one page committed is three of them.
#[derive(Debug)]
pub(super) struct Region {
    /// Address of the first page.
    pub(super) base: usize,
    /// How many pages.
    pub(super) pages: usize,
    /// What it was reserved with.
    pub(super) protection: Protection,
    /// Never empty; neighbours differ; the first starts at 0.
    runs: Vec<Run, System>,
}

impl Region {
    /// A region whose pages are all reserved. `None`: there is no memory for its table.
    pub(super) fn new(base: usize, pages: usize, protection: Protection) -> Option<Self> {
        let mut runs = Vec::new_in(System);
        runs.try_reserve(3).ok()?;
        runs.push(Run { first: 0, page: Page::RESERVED });
        Some(Self { base, pages, protection, runs })
    }

    /// Which run a page is in.
    fn run_of(&self, page: usize) -> usize {
        self.runs.partition_point(|run| run.first <= page) - 1
    }

    fn end_of(&self, run: usize) -> usize {
        self.runs.get(run + 1).map_or(self.pages, |next| next.first)
    }

    /// The state of a page, and where the run that it is in ends.
    pub(super) fn at(&self, page: usize) -> (Page, usize) {
        let run = self.run_of(page);
        (self.runs[run].page, self.end_of(run))
    }

    /// Every run that overlaps `range`, cut to it.
    pub(super) fn runs(&self, range: Range<usize>) -> impl Iterator<Item = (Range<usize>, Page)> + '_ {
        let first = self.run_of(range.start.min(self.pages - 1));
        (first..self.runs.len())
            .map(move |run| {
                let pages = self.runs[run].first.max(range.start)..self.end_of(run).min(range.end);
                (pages, self.runs[run].page)
            })
            .take_while(|(pages, _)| pages.start < pages.end)
    }

    /// Whether every page of `range` is as wanted.
    pub(super) fn all(&self, range: Range<usize>, wanted: impl Fn(Page) -> bool) -> bool {
        self.runs(range).all(|(_, page)| wanted(page))
    }

    /// Makes sure that the next [`change`](Self::change) finds room.
    ///
    /// # Errors
    /// `ERROR_NOT_ENOUGH_MEMORY`.
    pub(super) fn reserve(&mut self) -> Result<(), WinError> {
        self.runs.try_reserve(2).map_err(|_| WinError::NOT_ENOUGH_MEMORY)
    }

    /// Changes the state of every page in `range`. Room for it was reserved. O(runs).
    pub(super) fn change(&mut self, range: Range<usize>, to: impl Fn(Page) -> Page) {
        if range.is_empty() {
            return;
        }
        let first = self.split(range.start);
        let last = if range.end == self.pages { self.runs.len() } else { self.split(range.end) };
        self.runs[first..last].iter_mut().for_each(|run| run.page = to(run.page));
        self.runs.dedup_by(|next, run| next.page == run.page);
    }

    /// Makes a run start at this page; which one it is.
    fn split(&mut self, page: usize) -> usize {
        let run = self.run_of(page);
        if self.runs[run].first == page {
            return run;
        }
        self.runs.insert(run + 1, Run { first: page, page: self.runs[run].page });
        run + 1
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::{vec, vec::Vec};

    fn committed(bits: u32) -> Page {
        Page { protection: Some(Protection::new(bits).unwrap()), locked: false }
    }

    #[test]
    fn a_region_is_what_a_list_of_its_pages_would_be() {
        const PAGES: usize = 40;
        let mut region = Region::new(0x10000, PAGES, Protection::new(4).unwrap()).unwrap();
        let mut model = vec![Page::RESERVED; PAGES];
        let mut random = 88_172_645_463_325_252_u64;
        let mut next = |below: usize| {
            random ^= random << 13;
            random ^= random >> 7;
            random ^= random << 17;
            (random >> 33) as usize % below
        };
        for _ in 0..20_000 {
            let start = next(PAGES);
            let range = start..start + next(PAGES - start + 1);
            let page = [Page::RESERVED, committed(1), committed(2), committed(4)][next(4)];
            region.reserve().unwrap();
            region.change(range.clone(), |_| page);
            model[range.clone()].fill(page);
            let seen: Vec<Page> = region.runs(0..PAGES).flat_map(|(pages, page)| pages.map(move |_| page)).collect();
            assert_eq!(seen, model);
            assert!(region.runs.windows(2).all(|pair| pair[0].page != pair[1].page), "neighbours differ");
            let at = next(PAGES);
            let end = (at..PAGES).find(|&page| model[page] != model[at]).unwrap_or(PAGES);
            assert_eq!(region.at(at), (model[at], end));
            assert_eq!(
                region.all(range.clone(), |page| page.is_committed()),
                model[range].iter().all(Page::is_committed)
            );
        }
    }
}
