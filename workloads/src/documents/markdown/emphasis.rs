//! Which runs of `*` and `_` belong together: CommonMark's rules, for clusters in the place of runs.

use super::tokens::{Kind, Run, Token};
use crate::builder::Array;

/// Matches the runs from number `bottom` on, marks the tokens, and forgets the runs.
pub(super) fn resolve(runs: &mut impl Array<Run>, bottom: usize, tokens: &mut impl Array<Token>) {
    // Below these no opener is left for closers of a kind: `*` or `_`, opens too or not, length modulo 3.
    let mut floors = [bottom; 12];
    let mut at = bottom;
    while at < runs.len() {
        let closer = runs[at];
        if !closer.closes || closer.left() == 0 {
            at += 1;
            continue;
        }
        let kind = usize::from(closer.byte == b'_') * 6 + usize::from(closer.opens) * 3 + (closer.total % 3) as usize;
        let opener = (floors[kind]..at).rev().find(|&number| runs[number].matches(&closer));
        let Some(number) = opener else {
            floors[kind] = at;
            at += 1;
            continue;
        };
        let strong = runs[number].left() >= 2 && closer.left() >= 2;
        let width = if strong { 2 } else { 1 };
        let opener = &mut runs[number];
        opener.back += width;
        let open = opener.first + opener.length - opener.back;
        let token = &mut tokens[open as usize];
        token.kind = if strong { Kind::Strong } else { Kind::Emphasis };
        token.mate = closer.first + closer.front;
        runs[at].front += width;
        // What stands between the two can match nothing outside them.
        runs[number + 1..at].iter_mut().for_each(|run| (run.opens, run.closes) = (false, false));
    }
    runs.truncate(bottom);
}

impl Run {
    fn left(&self) -> u32 {
        self.length - self.front - self.back
    }

    fn matches(&self, closer: &Self) -> bool {
        let threes = (self.closes || closer.opens)
            && (self.total + closer.total).is_multiple_of(3)
            && !(self.total.is_multiple_of(3) && closer.total.is_multiple_of(3));
        self.byte == closer.byte && self.opens && self.left() > 0 && !threes
    }
}
