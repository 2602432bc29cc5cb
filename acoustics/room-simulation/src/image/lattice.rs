//! The lattice of a shoebox's images: along every axis a row of coordinates, and which of them lie within the limits.
//!
//! Along an axis the images are numbered by a signed count j: even j at jL + x, odd j at (j+1)L - x, with |j| hits, of
//! them ceil(|j|/2) on the wall that j begins with (Allen and Berkley, JASA 65, 943, 1979, in other numbers). For fixed
//! counts along y and z the admissible ones along x are one interval.

use core::ops::Range;

use glam::DVec3;

/// How far images reach.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Limits {
    order: Option<usize>,
    path_m: Option<f64>,
}

impl Limits {
    /// Up to a number of reflections.
    pub const fn order(order: usize) -> Self {
        Self {
            order: Some(order),
            path_m: None,
        }
    }

    /// Up to a length of path in metres.
    pub const fn path_m(path_m: f64) -> Self {
        Self {
            order: None,
            path_m: Some(path_m),
        }
    }

    /// Up to whichever comes first.
    pub const fn order_and_path_m(order: usize, path_m: f64) -> Self {
        Self {
            order: Some(order),
            path_m: Some(path_m),
        }
    }
}

/// Images along one axis, ascending in j and in position.
#[derive(Debug, Clone)]
pub(crate) struct Axis {
    /// j of the first.
    pub(crate) first: i64,
    /// Image minus receiver in metres.
    pub(crate) offsets: Vec<f64>,
    /// The same squared.
    pub(crate) squared: Vec<f64>,
    /// First place whose offset is not negative.
    turn: usize,
}

impl Axis {
    fn new(length: f64, source: f64, receiver: f64, limits: Limits) -> Self {
        let by_path = limits.path_m.map(|path| cells(path / length) + 2);
        let by_order = limits.order.and_then(|order| i64::try_from(order).ok());
        let most = match (by_path, by_order) {
            (Some(a), Some(b)) => a.min(b),
            (Some(a), None) | (None, Some(a)) => a,
            (None, None) => 0,
        };
        let offsets: Vec<f64> = (-most..=most)
            .map(|j| coordinate(j, length, source) - receiver)
            .collect();
        Self {
            first: -most,
            squared: offsets.iter().map(|x| x * x).collect(),
            turn: offsets.partition_point(|x| *x < 0.0),
            offsets,
        }
    }

    /// Count j of a place.
    #[expect(clippy::cast_possible_wrap, reason = "a place in a list")]
    pub(crate) const fn count(&self, place: usize) -> i64 {
        self.first + place as i64
    }

    /// Places within `reach` counts of j = 0.
    fn by_order(&self, reach: usize) -> Range<usize> {
        let middle = self.offsets.len() / 2;
        middle.saturating_sub(reach)..(middle + 1).saturating_add(reach).min(self.offsets.len())
    }

    /// Places within `reach` counts of j = 0 whose paths are short enough, `across` being the rest of the squared
    /// distance.
    fn within(&self, reach: usize, across: f64, squared_path: f64) -> Range<usize> {
        let by_order = self.by_order(reach);
        if squared_path.is_infinite() {
            return by_order;
        }
        let fits = |squared: &f64| *squared + across <= squared_path;
        let (before, after) = self.squared.split_at(self.turn);
        let start = before.partition_point(|s| !fits(s));
        let end = self.turn + after.partition_point(fits);
        by_order.start.max(start)..by_order.end.min(end)
    }
}

/// Which places along z are visited.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Layers {
    first: usize,
    step: usize,
}

impl Layers {
    /// All.
    pub(crate) const ALL: Self = Self { first: 0, step: 1 };

    /// Every second one, in two halves of about as many images.
    pub(crate) const HALVES: [Self; 2] = [Self { first: 0, step: 2 }, Self { first: 1, step: 2 }];
}

/// Which layers are visited, and who is asked before each whether to end.
#[derive(Clone, Copy)]
pub(crate) struct Visits<'a> {
    pub(crate) layers: Layers,
    pub(crate) stop: &'a (dyn Fn() -> bool + Sync),
}

/// Images within limits.
#[derive(Debug, Clone)]
pub(crate) struct Lattice {
    /// Along x, y and z.
    pub(crate) axes: [Axis; 3],
    order: Option<usize>,
    squared_path: f64,
    /// Number of images.
    pub(crate) count: usize,
    /// Length of the longest path in metres.
    pub(crate) longest_m: f64,
}

impl Lattice {
    pub(crate) fn new(size: DVec3, source: DVec3, receiver: DVec3, limits: Limits) -> Self {
        let axis = |a: usize| Axis::new(size[a], source[a], receiver[a], limits);
        let mut lattice = Self {
            axes: [0, 1, 2].map(axis),
            order: limits.order,
            squared_path: limits.path_m.map_or(f64::INFINITY, |path| path * path),
            count: 0,
            longest_m: 0.0,
        };
        let (mut count, mut longest) = (0, 0.0_f64);
        let x = &lattice.axes[0].squared;
        lattice.rows(|_, _, across, along| {
            count += along.len();
            longest = longest.max(across + x[along.start].max(x[along.end - 1]));
        });
        (lattice.count, lattice.longest_m) = (count, longest.sqrt());
        lattice
    }

    /// Visits every row along x that is not empty: places along y and z, squared distance across, places along x.
    #[expect(
        clippy::inline_always,
        reason = "must be compiled with its caller's features"
    )]
    #[inline(always)]
    pub(crate) fn rows(&self, visit: impl FnMut(usize, usize, f64, Range<usize>)) {
        let all = Visits {
            layers: Layers::ALL,
            stop: &|| false,
        };
        self.rows_until(all, visit);
    }

    /// As [`Self::rows`] for some layers; for every one is asked whether to stop.
    #[expect(
        clippy::inline_always,
        reason = "must be compiled with its caller's features"
    )]
    #[inline(always)]
    pub(crate) fn rows_until(
        &self,
        visits: Visits<'_>,
        mut visit: impl FnMut(usize, usize, f64, Range<usize>),
    ) {
        let [x, y, z] = &self.axes;
        let most = self.order.unwrap_or(usize::MAX);
        let all = z.by_order(most);
        for in_z in all.skip(visits.layers.first).step_by(visits.layers.step) {
            if (visits.stop)() {
                return;
            }
            let left = most.saturating_sub(hits(z.count(in_z)));
            for in_y in y.by_order(left) {
                let across = y.squared[in_y] + z.squared[in_z];
                let reach = left.saturating_sub(hits(y.count(in_y)));
                let along = x.within(reach, across, self.squared_path);
                (!along.is_empty()).then(|| visit(in_y, in_z, across, along));
            }
        }
    }
}

/// Length of the shortest path with exactly so many reflections, in metres.
pub(crate) fn shortest_m(size: DVec3, source: DVec3, receiver: DVec3, order: i64) -> f64 {
    let axis = |a: usize| -> Vec<f64> {
        let squared = |j: i64| (coordinate(j, size[a], source[a]) - receiver[a]).powi(2);
        (0..=order).map(|j| squared(j).min(squared(-j))).collect()
    };
    let [x, y, z] = [0, 1, 2].map(axis);
    let mut shortest = f64::INFINITY;
    for (in_z, across) in z.iter().enumerate() {
        let left = z.len() - in_z;
        let both = x[..left].iter().zip(y[..left].iter().rev());
        shortest = both.fold(shortest, |least, (a, b)| least.min(across + a + b));
    }
    shortest.sqrt()
}

/// Hits of a count on both walls of its axis.
#[expect(
    clippy::cast_possible_truncation,
    reason = "counts are below a million"
)]
pub(crate) const fn hits(j: i64) -> usize {
    j.unsigned_abs() as usize
}

/// Hits of a count on the low and the high wall of its axis: what goes up begins with the high wall.
pub(crate) const fn hits_by_wall(j: i64) -> [usize; 2] {
    let (more, less) = (hits(j).div_ceil(2), hits(j) / 2);
    if j > 0 { [less, more] } else { [more, less] }
}

/// Coordinate of an image.
pub(crate) fn coordinate(j: i64, length: f64, source: f64) -> f64 {
    if j % 2 == 0 {
        j as f64 * length + source
    } else {
        (j + 1) as f64 * length - source
    }
}

#[expect(
    clippy::cast_possible_truncation,
    reason = "bounded by the plan's longest path"
)]
fn cells(x: f64) -> i64 {
    x.ceil() as i64
}

#[cfg(test)]
mod tests {
    use super::*;

    fn lattice(limits: Limits) -> Lattice {
        let (size, source) = (DVec3::new(5.0, 4.0, 2.5), DVec3::new(1.2, 1.1, 1.3));
        Lattice::new(size, source, DVec3::new(3.6, 2.7, 1.5), limits)
    }

    #[test]
    fn counts_by_order_are_those_of_the_closed_form() {
        for n in 0..20 {
            let closed = 1 + 2 * n * (2 * n * n + 3 * n + 4) / 3;
            assert_eq!(lattice(Limits::order(n)).count, closed);
        }
    }

    #[test]
    fn the_shortest_path_of_an_order_is_the_shortest_of_all_its_images() {
        let (size, source) = (DVec3::new(5.0, 4.0, 2.5), DVec3::new(1.2, 1.1, 1.3));
        let receiver = DVec3::new(3.6, 2.7, 1.5);
        for order in 0..8_i64 {
            let side = 2 * order + 1;
            let counts = (0..side.pow(3)).map(|n| {
                [
                    n % side - order,
                    n / side % side - order,
                    n / side / side - order,
                ]
            });
            let twin = counts
                .filter(|j| j.iter().map(|j| j.abs()).sum::<i64>() == order)
                .map(|j| {
                    let place = [0, 1, 2].map(|a| coordinate(j[a], size[a], source[a]));
                    DVec3::from(place).distance(receiver)
                })
                .fold(f64::INFINITY, f64::min);
            let found = shortest_m(size, source, receiver, order);
            assert!((found - twin).abs() < 1e-12, "{order}: {found} {twin}");
        }
    }

    /// The twin tries every image of a cube of counts.
    #[test]
    fn rows_are_the_images_within_the_limits() {
        for (order, path_m) in [(60, 31.0), (9, 31.0), (60, 3.1), (3, 500.0)] {
            let lattice = lattice(Limits::order_and_path_m(order, path_m));
            let side = 121_i64;
            let within: Vec<f64> = (0..side * side * side)
                .map(|n| [n % side - 60, n / side % side - 60, n / side / side - 60])
                .filter(|j| j.iter().map(|j| hits(*j)).sum::<usize>() <= order)
                .map(|[x, y, z]| {
                    (coordinate(x, 5.0, 1.2) - 3.6).powi(2)
                        + (coordinate(y, 4.0, 1.1) - 2.7).powi(2)
                        + (coordinate(z, 2.5, 1.3) - 1.5).powi(2)
                })
                .filter(|squared| *squared <= path_m * path_m)
                .collect();
            let longest = within.iter().copied().fold(0.0, f64::max).sqrt();
            assert_eq!(lattice.count, within.len());
            assert!((lattice.longest_m - longest).abs() < 1e-9);
        }
    }
}
