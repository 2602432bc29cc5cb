//! Apertures: convex polygons in the plane of a mirror, and what planes leave of them.
//!
//! A beam's sides are planes; in the coordinates of a mirror they are lines, so that clipping is done in two dimensions
//! (Sutherland and Hodgman 1974). Storage is fixed. Everything errs on the large side: a corner that would not fit leaves
//! the aperture as it was, and what touches a line by less than [`TOUCH_M`] is kept, so that no path is lost; whether a
//! path is one is decided where it is walked back.

use glam::DVec2;

/// Most corners of an aperture.
pub(crate) const CORNERS_MAX: usize = 16;

/// What lies outside of a line by less than this is not cut, in metres.
pub(crate) const TOUCH_M: f64 = 1e-9;

/// Half-plane `normal . p + offset >= 0`; heights are in metres.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Line {
    pub(crate) normal: DVec2,
    pub(crate) offset: f64,
}

/// A convex polygon, counter-clockwise.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Aperture {
    count: usize,
    corners: [DVec2; CORNERS_MAX],
}

impl Aperture {
    const EMPTY: Self = Self {
        count: 0,
        corners: [DVec2::ZERO; CORNERS_MAX],
    };

    /// The convex polygon itself, or, where it has more than eight corners, the octagon around it: corners multiply with
    /// every clip.
    pub(crate) fn around(hull: &[DVec2]) -> Self {
        let mut around = Self::EMPTY;
        if hull.len() <= CORNERS_MAX / 2 {
            hull.iter().for_each(|p| _ = around.push(*p));
            return around;
        }
        let low = hull.iter().copied().fold(DVec2::INFINITY, DVec2::min);
        let high = hull.iter().copied().fold(DVec2::NEG_INFINITY, DVec2::max);
        for p in [
            low,
            DVec2::new(high.x, low.y),
            high,
            DVec2::new(low.x, high.y),
        ] {
            _ = around.push(p);
        }
        for slant in [[1.0, 1.0], [1.0, -1.0], [-1.0, 1.0], [-1.0, -1.0]] {
            let normal = DVec2::from(slant).normalize();
            let lowest = hull.iter().map(|p| normal.dot(*p));
            let offset = -lowest.fold(f64::INFINITY, f64::min);
            around.clip(&Line { normal, offset });
        }
        around
    }

    /// Its corners.
    pub(crate) fn corners(&self) -> &[DVec2] {
        &self.corners[..self.count]
    }

    fn push(&mut self, corner: DVec2) -> bool {
        let free = self.corners.get_mut(self.count);
        let fits = free.is_some();
        if let Some(place) = free {
            *place = corner;
            self.count += 1;
        }
        fits
    }

    /// Cuts off what lies beyond a line; false when nothing is left.
    #[inline]
    pub(crate) fn clip(&mut self, line: &Line) -> bool {
        let mut heights = [0.0; CORNERS_MAX];
        let (mut least, mut most) = (f64::INFINITY, f64::NEG_INFINITY);
        for (height, p) in heights.iter_mut().zip(self.corners()) {
            *height = line.normal.dot(*p) + line.offset;
            least = least.min(*height);
            most = most.max(*height);
        }
        if least >= -TOUCH_M {
            return true;
        }
        if most <= TOUCH_M {
            return false;
        }
        let mut kept = Self::EMPTY;
        let mut fits = true;
        let (mut b, mut height_b) = (self.corners[self.count - 1], heights[self.count - 1]);
        for (corner, height) in self.corners().iter().zip(heights) {
            let (a, height_a) = (b, height_b);
            (b, height_b) = (*corner, height);
            let apart = |x: f64, y: f64| x > TOUCH_M && y < -TOUCH_M;
            if apart(height_a, height_b) || apart(height_b, height_a) {
                fits &= kept.push(a + height_a / (height_a - height_b) * (b - a));
            }
            if height_b >= -TOUCH_M {
                fits &= kept.push(b);
            }
        }
        if fits {
            *self = kept;
        }
        self.count > 2
    }

    /// Whether it is wider than what [`TOUCH_M`] leaves of two areas that only touch.
    #[inline]
    pub(crate) fn is_wide(&self) -> bool {
        let mut area = 0.0;
        let mut border = 0.0;
        let origin = self.corners[0];
        let mut a = self.corners[self.count.max(1) - 1];
        for b in self.corners() {
            let side = (*b - a).abs();
            area += (a - origin).perp_dot(*b - origin);
            border += side.x + side.y;
            a = *b;
        }
        area > 4.0 * TOUCH_M * border
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
        Aperture::around(&[[0., 0.], [2., 0.], [2., 2.], [0., 2.]].map(DVec2::from))
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
        let mut half = square();
        assert!(half.clip(&line(1.0, 0.0, -0.5)));
        assert!((area(&half) - 3.0).abs() < 1e-12 && half.is_wide());
        assert!(half.clip(&line(-1.0, -1.0, 1.5 * 2f64.sqrt())));
        assert_eq!(half.corners().len(), 5);
        assert!((area(&half) - 2.5).abs() < 1e-12);
        assert!(!half.clip(&line(0.0, -1.0, -1.0)));
    }

    #[test]
    fn areas_that_touch_leave_nothing_wide() {
        let touch = Line {
            normal: DVec2::X,
            offset: -2.0 + 0.5 * TOUCH_M,
        };
        let mut left = square();
        assert!(!left.clip(&touch) || !left.is_wide());
    }

    #[test]
    fn a_round_area_lies_within_its_octagon() {
        let round: Vec<DVec2> = (0..40)
            .map(|i| DVec2::from_angle(f64::from(i) * core::f64::consts::TAU / 40.0))
            .collect();
        let around = Aperture::around(&round);
        assert_eq!(around.corners().len(), 8);
        assert!(round.iter().all(|p| is_near(around.corners(), *p, 1e-12)));
        assert!(area(&around) < 3.4);
        assert!(!is_near(around.corners(), DVec2::new(1.0, 0.9), 1e-3));
    }
}
