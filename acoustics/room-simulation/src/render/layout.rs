//! On which grids the octaves lie.
//!
//! The weight of an octave ends an octave above its centre, so that its grid needs six points per period of the centre:
//! 1.5 times twice the highest frequency. The last octave goes on to half the rate and has the full grid of 1.5 times
//! the rate. Octaves share a grid, and with it one walk through the arrivals, where finer grids cost less than further
//! walks: those of the full grid, those of the next, and all the rest.

use core::ops::Range;

use crate::octaves::Octaves;

/// Points per sample of the full grid.
pub(crate) const FULL: f64 = 1.5;

/// By how much a grid may be coarser than the full one.
const COARSER: [usize; 12] = [64, 48, 32, 24, 16, 12, 8, 6, 4, 3, 2, 1];

/// Least points per period of an octave's centre.
const POINTS: f64 = 6.0;

/// Most groups.
const GROUPS: usize = 3;

/// Octaves that share a grid.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Shared {
    /// Places of the octaves.
    pub(crate) octaves: Range<usize>,
    /// How many times coarser than the full grid its own is.
    pub(crate) coarser: usize,
}

/// Groups of octaves, from the highest down.
pub(crate) fn groups(rate_hz: f64, octaves: Octaves) -> Vec<Shared> {
    let mut groups: Vec<Shared> = Vec::new();
    for place in octaves.iter().rev() {
        let coarser = if place + 1 == octaves.len() {
            1
        } else {
            coarseness(rate_hz, octaves.centre_hz(place))
        };
        let full = groups.len() == GROUPS;
        match groups.last_mut() {
            Some(group) if full || group.coarser == coarser => group.octaves.start = place,
            _ => groups.push(Shared {
                octaves: place..place + 1,
                coarser,
            }),
        }
    }
    groups
}

fn coarseness(rate_hz: f64, centre_hz: f64) -> usize {
    COARSER
        .into_iter()
        .find(|c| FULL * rate_hz / *c as f64 >= POINTS * centre_hz)
        .unwrap_or(1)
}

/// Least common multiple of the groups' coarseness: lengths of responses are multiples of it.
pub(crate) fn common(groups: &[Shared]) -> usize {
    let mut multiple: usize = 1;
    while groups.iter().any(|g| !multiple.is_multiple_of(g.coarser)) {
        multiple += 1;
    }
    multiple
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_octave_has_one_grid_that_carries_it() {
        for rate_hz in [8_000.0, 16_000.0, 44_100.0, 48_000.0, 96_000.0] {
            (1..=9).for_each(|count| check(rate_hz, count));
        }
    }

    fn check(rate_hz: f64, count: usize) {
        let centres: Vec<f64> = Octaves::ALL.centres_hz().take(count).collect();
        let octaves = Octaves::from_centres(&centres).unwrap();
        let groups = groups(rate_hz, octaves);
        assert!(groups.len() <= 3);
        assert_eq!(groups[0].octaves.end, count);
        assert_eq!(groups.last().unwrap().octaves.start, 0);
        let meets = |w: &[Shared]| w[0].octaves.start == w[1].octaves.end;
        assert!(groups.windows(2).all(meets));
        for group in &groups {
            let points = FULL * rate_hz / group.coarser as f64;
            let highest = octaves.centre_hz(group.octaves.end - 1);
            assert!(group.coarser == 1 || points >= 6.0 * highest);
            assert!(common(&groups).is_multiple_of(group.coarser));
        }
    }
}
