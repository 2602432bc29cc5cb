//! Apertures: convex polygons in the plane of a mirror, and what planes leave of them.
//!
//! A beam's sides are planes; in the coordinates of a mirror they are lines, so that clipping is done in two dimensions
//! (Sutherland and Hodgman 1974). Storage is fixed. Everything errs on the large side: a corner that would not fit
//! leaves the aperture as it was, and what touches a line by less than [`TOUCH_M`] is kept, so that no path is lost;
//! whether a path is one is decided where it is walked back.

use glam::DVec2;

/// Most corners of an aperture.
pub(crate) const CORNERS_MAX: usize = 12;

/// Corners of a face's hull that are kept; more are replaced by an octagon, since corners multiply with every clip.
pub(crate) const HULL_MAX: usize = 8;

/// Most apertures have no more corners than this.
const FEW: usize = 8;

/// What lies outside of a line by less than this is not cut, in metres.
pub(crate) const TOUCH_M: f64 = 1e-9;

/// Half-plane `normal . p + offset >= 0`; heights are in metres.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Line {
    pub(crate) normal: DVec2,
    pub(crate) offset: f64,
}

impl Line {
    #[inline]
    fn height(&self, p: DVec2) -> f64 {
        self.normal.x * p.x + self.normal.y * p.y + self.offset
    }

    /// The other half-plane.
    pub(crate) fn turned(self) -> Self {
        Self {
            normal: -self.normal,
            offset: -self.offset,
        }
    }
}

/// A convex polygon, counter-clockwise.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Aperture {
    count: usize,
    corners: [DVec2; CORNERS_MAX],
}

/// What a line does to an aperture.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Cut {
    /// It passes by; the aperture is as it was.
    Nothing,
    /// The rest is in the other place.
    Some,
    /// Nothing is left.
    All,
}

impl Aperture {
    /// Without corners.
    pub(crate) const EMPTY: Self = Self {
        count: 0,
        corners: [DVec2::ZERO; CORNERS_MAX],
    };

    /// The convex polygon itself, or, where it has more than [`HULL_MAX`] corners, an octagon around it.
    pub(crate) fn around(hull: &[DVec2]) -> Self {
        if hull.len() <= HULL_MAX {
            return Self::of(hull);
        }
        let low = hull.iter().copied().fold(DVec2::INFINITY, DVec2::min);
        let high = hull.iter().copied().fold(DVec2::NEG_INFINITY, DVec2::max);
        let (right, left) = (DVec2::new(high.x, low.y), DVec2::new(low.x, high.y));
        let mut around = Self::of(&[low, right, high, left]);
        for slant in [[1.0, 1.0], [1.0, -1.0], [-1.0, 1.0], [-1.0, -1.0]] {
            let normal = DVec2::from(slant).normalize();
            let lowest = hull.iter().map(|p| normal.dot(*p));
            let offset = -lowest.fold(f64::INFINITY, f64::min);
            let mut cut = Self::EMPTY;
            if around.clip_into(&Line { normal, offset }, &mut cut) == Cut::Some {
                around = cut;
            }
        }
        around
    }

    fn of(corners: &[DVec2]) -> Self {
        let mut own = Self::EMPTY;
        for corner in corners.iter().take(CORNERS_MAX) {
            own.push(*corner);
        }
        own
    }

    /// Its corners.
    #[inline]
    pub(crate) fn corners(&self) -> &[DVec2] {
        &self.corners[..self.count.min(CORNERS_MAX)]
    }

    /// Adds a corner; there must be room.
    #[inline]
    fn push(&mut self, corner: DVec2) {
        self.corners[self.count] = corner;
        self.count += 1;
    }

    /// Height of its lowest corner over a line, in metres.
    #[inline]
    pub(crate) fn lowest(&self, line: &Line) -> f64 {
        let heights = self.corners().iter().map(|p| line.height(*p));
        heights.fold(f64::INFINITY, |a, b| if b < a { b } else { a })
    }

    /// What lies on a line's side, into another place.
    #[inline]
    pub(crate) fn clip_into(&self, line: &Line, left: &mut Self) -> Cut {
        let count = self.count.min(CORNERS_MAX);
        let all = (1 << count) - 1;
        let mut heights = [0.0; CORNERS_MAX];
        let kept = all
            & if count <= FEW {
                self.kept::<FEW>(line, &mut heights)
            } else {
                self.kept::<CORNERS_MAX>(line, &mut heights)
            };
        if kept == all {
            return Cut::Nothing;
        }
        if kept == 0 {
            return Cut::All;
        }
        let (first, run) = kept_run(kept, count, &heights);
        if run + 2 > CORNERS_MAX {
            return Cut::Nothing;
        }
        let within = |i: usize| if i < count { i } else { i - count };
        let last = within(first + run - 1);
        let crossing = |inside: usize, outside: usize| {
            let (a, b) = (self.corners[inside], self.corners[outside]);
            a + heights[inside] / (heights[inside] - heights[outside]) * (b - a)
        };
        left.count = 0;
        let mut has_height = heights[first] > TOUCH_M;
        if has_height {
            left.push(crossing(first, within(first + count - 1)));
        }
        for place in first..first + run {
            let place = within(place);
            has_height |= heights[place] > TOUCH_M;
            left.push(self.corners[place]);
        }
        if heights[last] > TOUCH_M {
            left.push(crossing(last, within(last + 1)));
        }
        if has_height && left.count > 2 {
            Cut::Some
        } else {
            Cut::All
        }
    }

    /// Heights of the first places over a line, and which of them are kept, as bits; those without a corner have any.
    #[inline]
    fn kept<const PLACES: usize>(&self, line: &Line, heights: &mut [f64; CORNERS_MAX]) -> u64 {
        for (height, corner) in heights.iter_mut().zip(&self.corners).take(PLACES) {
            *height = line.height(*corner);
        }
        let kept = heights.iter().enumerate().take(PLACES);
        kept.fold(0, |set, (place, height)| {
            set | u64::from(*height >= -TOUCH_M) << place
        })
    }

    /// Whether it is wider than what [`TOUCH_M`] leaves of two areas that only touch.
    #[inline]
    pub(crate) fn is_wide(&self) -> bool {
        let mut area = 0.0;
        let mut border = 0.0;
        let origin = self.corners[0];
        let mut a = origin;
        for b in self.corners().iter().skip(1) {
            let side = (*b - a).abs();
            area += (a - origin).perp_dot(*b - origin);
            border += side.x + side.y;
            a = *b;
        }
        area > 4.0 * TOUCH_M * border
    }
}

/// The first corner that is kept of a convex polygon, and how many are. They are one run; should rounding leave
/// several, that around the highest corner is meant.
#[inline]
fn kept_run(kept: u64, count: usize, heights: &[f64; CORNERS_MAX]) -> (usize, usize) {
    let twice = kept | kept << count;
    let begins = kept & !(twice >> (count - 1));
    let first = if begins.is_power_of_two() {
        begins.trailing_zeros() as usize
    } else {
        let higher = |a: usize, b: usize| if heights[b] > heights[a] { b } else { a };
        let highest = count + (0..count).fold(0, higher);
        let before = (twice << (64 - highest)).leading_ones() as usize;
        (highest - before) % count
    };
    (first, (twice >> first).trailing_ones() as usize)
}

/// An aperture that is being clipped, and places for what is left of it.
#[derive(Debug, Clone)]
pub(crate) struct Bench<'a> {
    laid: &'a Aperture,
    cut: [Aperture; 2],
    /// Which of those cut is the last; another number before the first cut.
    last: usize,
}

impl<'a> Bench<'a> {
    /// With nothing on it.
    pub(crate) const EMPTY: Self = Self {
        laid: &Aperture::EMPTY,
        cut: [Aperture::EMPTY; 2],
        last: 2,
    };

    /// Lays an aperture on it.
    #[inline]
    pub(crate) const fn lay(&mut self, aperture: &'a Aperture) {
        self.laid = aperture;
        self.last = 2;
    }

    /// What is on it.
    #[inline]
    pub(crate) fn aperture(&self) -> &Aperture {
        self.cut.get(self.last).unwrap_or(self.laid)
    }

    /// Cuts off what lies beyond a line; false when nothing is left.
    #[inline]
    pub(crate) fn clip(&mut self, line: &Line) -> bool {
        let [a, b] = &mut self.cut;
        let (own, other, place) = match self.last {
            0 => (&*a, b, 1),
            1 => (&*b, a, 0),
            _ => (self.laid, a, 0),
        };
        let cut = own.clip_into(line, other);
        if cut == Cut::Some {
            self.last = place;
        }
        cut != Cut::All
    }
}

/// Whether a point lies in a convex polygon, or less than `slack_m` outside of it.
#[inline]
pub(crate) fn is_near(corners: &[DVec2], p: DVec2, slack_m: f64) -> bool {
    let Some(last) = corners.last() else {
        return false;
    };
    let mut a = *last;
    for b in corners {
        let side = *b - a;
        let reach = side.x.abs() + side.y.abs();
        if side.perp_dot(p - a) < -slack_m * reach {
            return false;
        }
        a = *b;
    }
    true
}

#[cfg(test)]
mod tests {
    use super::*;

    fn square() -> Aperture {
        let corners = [[0., 0.], [2., 0.], [2., 2.], [0., 2.]].map(DVec2::from);
        Aperture::around(&corners)
    }

    fn area(aperture: &Aperture) -> f64 {
        crate::scene::face::ring_area(aperture.corners())
    }

    #[test]
    fn a_line_leaves_its_own_side() {
        let line = |x: f64, y: f64, offset: f64| Line {
            normal: DVec2::new(x, y).normalize(),
            offset,
        };
        let square = square();
        let mut half = Bench::EMPTY;
        half.lay(&square);
        assert!(half.clip(&line(1.0, 0.0, -0.5)));
        assert!((area(half.aperture()) - 3.0).abs() < 1e-12 && half.aperture().is_wide());
        assert!(half.clip(&line(-1.0, -1.0, 1.5 * 2f64.sqrt())));
        assert_eq!(half.aperture().corners().len(), 5);
        assert!((area(half.aperture()) - 2.5).abs() < 1e-12);
        assert!(half.clip(&line(0.0, 1.0, 5.0)));
        assert!((area(half.aperture()) - 2.5).abs() < 1e-12);
        assert!(!half.clip(&line(0.0, -1.0, -1.0)));
    }

    #[test]
    fn areas_that_touch_leave_nothing_wide() {
        let touch = Line {
            normal: DVec2::X,
            offset: -2.0 + 0.5 * TOUCH_M,
        };
        let square = square();
        let mut left = Bench::EMPTY;
        left.lay(&square);
        assert!(!left.clip(&touch) || !left.aperture().is_wide());
    }

    #[test]
    fn a_round_area_lies_within_its_octagon() {
        let round: Vec<DVec2> = (0..40)
            .map(|i| DVec2::from_angle(f64::from(i) * core::f64::consts::TAU / 40.0))
            .collect();
        let around = Aperture::around(&round);
        let corners = around.corners();
        assert_eq!(corners.len(), 8);
        assert!(round.iter().all(|p| is_near(corners, *p, 1e-12)));
        assert!(area(&around) < 3.4);
        assert!(!is_near(corners, DVec2::new(1.0, 0.9), 1e-3));
    }
}
