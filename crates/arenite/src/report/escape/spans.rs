//! Ranges of addresses.

use crate::debug::Metadata;
use allocator_api2::vec::Vec;
use core::ops::Range;

/// A set of addresses: ranges that are sorted and merged before they are asked.
#[derive(Clone)]
pub(super) struct Spans(Vec<Range<usize>, Metadata>);

#[cfg_attr(
    not(all(target_os = "linux", any(target_arch = "x86_64", target_arch = "aarch64"), not(miri))),
    allow(dead_code, reason = "nothing is scanned here")
)]
impl Spans {
    pub(super) const fn new() -> Self {
        Self(Vec::new_in(Metadata))
    }

    pub(super) fn add(&mut self, range: Range<usize>) {
        if !range.is_empty() {
            self.0.push(range);
        }
    }

    /// To be called after the last [`add`](Self::add) and before anything below.
    pub(super) fn settle(&mut self) {
        self.0.sort_unstable_by_key(|range| range.start);
        self.0.dedup_by(|next, before| {
            let meets = next.start <= before.end;
            if meets {
                before.end = before.end.max(next.end);
            }
            meets
        });
    }

    /// The smallest range that holds all.
    pub(super) fn hull(&self) -> Range<usize> {
        self.0.first().map_or(0, |first| first.start)..self.0.last().map_or(0, |last| last.end)
    }

    pub(super) fn contains(&self, address: usize) -> bool {
        let at = self.0.partition_point(|range| range.end <= address);
        self.0.get(at).is_some_and(|range| range.contains(&address))
    }

    /// Shows the parts of `range` that lie in none of these, in order.
    pub(super) fn gaps(&self, range: Range<usize>, mut each: impl FnMut(Range<usize>)) {
        let mut start = range.start;
        let first = self.0.partition_point(|span| span.end <= range.start);
        for span in self.0[first..].iter().take_while(|span| span.start < range.end) {
            if start < span.start {
                each(start..span.start);
            }
            start = span.end;
        }
        if start < range.end {
            each(start..range.end);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ranges_are_merged_searched_and_left_out() {
        let mut spans = Spans::new();
        for range in [40..50, 10..20, 15..30, 30..32, 45..46, 7..7] {
            spans.add(range);
        }
        spans.settle();
        let held: std::vec::Vec<_> = (0..60).filter(|&address| spans.contains(address)).collect();
        assert_eq!(held, (10..32).chain(40..50).collect::<std::vec::Vec<_>>());
        assert_eq!(spans.hull(), 10..50);
        for (start, end) in (0..60).flat_map(|start| (start..60).map(move |end| (start, end))) {
            let mut shown = std::vec::Vec::new();
            spans.gaps(start..end, |gap| shown.extend(gap));
            let expected: std::vec::Vec<_> = (start..end).filter(|&address| !spans.contains(address)).collect();
            assert_eq!(shown, expected, "{start}..{end}");
        }
        assert!(!Spans::new().contains(5) && Spans::new().hull().is_empty());
    }
}
