//! What bends around the obstacle of a direct sound: furniture, or a corner of the room.
//!
//! The ways are the taut strings over, under and past the sides of the furniture between both ends, or over the edges
//! of the room that stick out; each is an arrival of its own, so that their energies add. Its level in an octave is
//! that of Maekawa's curve for a screen (Applied Acoustics 1 (1968) 157), in the form of Kurze and Anderson (Applied
//! Acoustics 4 (1971) 35): free field at the straight distance less 5 + 20 lg(sqrt(2 pi N) / tanh sqrt(2 pi N)) dB, N =
//! 2 detour / wavelength, with the whole detour of several edges. Only a blocked direct sound is replaced; blocked
//! reflections are not.

use core::f64::consts::TAU;

use glam::DVec3;

use super::beam::BeamTree;
use super::corner::{Around, corners, ways};
use super::ends::{Ends, Way};
use super::taut::{Body, legs, length_m, strings};
use crate::octaves::PerOctave;

/// A way is no way where an edge it runs over lies on something else: nearer than this, in metres.
const GAP_M: f64 = 1e-3;

/// How often a string is wound again because a further piece stands in its way.
const ROUNDS: usize = 6;

/// A way on which sound bends around what blocks the direct sound.
#[derive(Debug, Clone, PartialEq)]
pub struct DiffractedPath {
    /// Length of the way in metres.
    pub length_m: f64,
    /// How much longer it is than the straight line, in metres.
    pub detour_m: f64,
    /// Where it bends, from the source on, in metres.
    pub points_m: Vec<[f64; 3]>,
    /// Amplitude per octave, positive but for directivities; for ambisonic receivers as in
    /// [`ImagePath`](crate::ImagePath).
    pub amplitude: PerOctave,
    /// Unit vector in which the sound leaves the source.
    pub departure: [f64; 3],
    /// Unit vector from the receiver towards where the sound comes from.
    pub arrival: [f64; 3],
}

/// Level loss behind a screen in dB by Kurze and Anderson, from the Fresnel number N.
fn loss_db(fresnel: f64) -> f64 {
    let x = (TAU * fresnel.max(0.0)).sqrt();
    let ratio = if x < 1e-6 { 1.0 } else { x / x.tanh() };
    5.0 + 20.0 * ratio.log10()
}

impl BeamTree<'_> {
    /// The ways around what blocks the direct sound, shortest first; none where it is free, or where nothing leads
    /// around.
    pub fn diffracted(&self, ends: &Ends) -> Vec<DiffractedPath> {
        let (from, to) = (ends.source, ends.receiver);
        let blocking = self.obstacles.between(&self.room.faces, from, to);
        if blocking.is_empty() {
            return Vec::new();
        }
        let bodies = Body::all(&self.room.faces);
        let furniture_only = blocking
            .iter()
            .all(|f| self.room.faces[*f].furniture.is_some());
        let found = if furniture_only {
            self.around_furniture(&bodies, from, to, &[])
        } else {
            self.around_corners(&bodies, from, to)
        };
        let mut paths: Vec<DiffractedPath> = found
            .iter()
            .map(|points| diffracted(ends, points))
            .collect();
        paths.sort_by(|a, b| a.length_m.total_cmp(&b.length_m));
        quieter_than_free(&mut paths, ends);
        paths
    }

    /// Strings around the furniture between two points whose legs meet nothing else; `named` are faces that an end lies
    /// on.
    fn around_furniture(
        &self,
        bodies: &[Body],
        from: DVec3,
        to: DVec3,
        named: &[usize],
    ) -> Vec<Vec<DVec3>> {
        let mut found: Vec<Vec<DVec3>> = Vec::new();
        let mut waiting = vec![self.pieces_between(from, to, &[])];
        let mut next = 0;
        while let Some(pieces) = waiting.get(next).cloned().filter(|_| next < ROUNDS) {
            next += 1;
            let own: Vec<&Body> = bodies
                .iter()
                .filter(|b| pieces.contains(&b.piece))
                .collect();
            let wound = strings(from, to, &own).into_iter().map(|points| {
                let all = self.further_pieces(from, to, &points, &pieces);
                (points, all)
            });
            let (ways, blocked): (Vec<_>, Vec<_>) = wound.partition(|(_, all)| *all == pieces);
            for (_, all) in blocked {
                waiting.extend((!waiting.contains(&all)).then_some(all));
            }
            let clear = |w: &Vec<DVec3>| self.is_clear(from, to, w, &pieces, named);
            found.extend(ways.into_iter().map(|(points, _)| points).filter(clear));
        }
        found
    }

    /// Pieces of furniture with those that stand in the way of a string around them.
    fn further_pieces(
        &self,
        from: DVec3,
        to: DVec3,
        points: &[DVec3],
        pieces: &[usize],
    ) -> Vec<usize> {
        let in_way = legs(from, to, points).flat_map(|(a, b)| self.pieces_between(a, b, pieces));
        let mut all: Vec<usize> = in_way.chain(pieces.iter().copied()).collect();
        all.sort_unstable();
        all.dedup();
        all
    }

    /// Pieces of furniture between two points, but for some.
    fn pieces_between(&self, from: DVec3, to: DVec3, but: &[usize]) -> Vec<usize> {
        let hit = self.obstacles.between(&self.room.faces, from, to);
        let mut pieces: Vec<usize> = hit
            .iter()
            .filter_map(|f| self.room.faces[*f].furniture)
            .filter(|p| !but.contains(p))
            .collect();
        pieces.sort_unstable();
        pieces.dedup();
        pieces
    }

    /// Whether legs meet no wall, and no point of a string lies on anything but the pieces that it runs around.
    fn is_clear(
        &self,
        from: DVec3,
        to: DVec3,
        points: &[DVec3],
        pieces: &[usize],
        named: &[usize],
    ) -> bool {
        let faces = &self.room.faces;
        let own = |f: usize| faces[f].furniture.is_some_and(|p| pieces.contains(&p));
        let mut others = faces
            .iter()
            .enumerate()
            .filter(|(f, _)| !own(*f))
            .map(|(_, f)| f);
        let on_own_only = others.all(|face| points.iter().all(|p| face.distance_m(*p) > GAP_M));
        let no_wall = |(a, b)| self.is_free(a, b, named, &own);
        on_own_only && legs(from, to, points).all(no_wall)
    }

    /// Whether a leg meets none but the `named` faces, those in their planes, and those of `own`.
    fn is_free(&self, a: DVec3, b: DVec3, named: &[usize], own: &dyn Fn(usize) -> bool) -> bool {
        let mirror = |f: usize| self.mirrors.of_face[f];
        let free = |f: usize| own(f) || named.iter().any(|n| mirror(*n) == mirror(f));
        self.obstacles
            .margin_m(&self.room.faces, a, b, free)
            .is_some()
    }

    /// Ways over the room's own corners; furniture on a leg adds its shortest string.
    fn around_corners(&self, bodies: &[Body], from: DVec3, to: DVec3) -> Vec<Vec<DVec3>> {
        let faces = &self.room.faces;
        let is_furniture = |f: usize| faces[f].furniture.is_some();
        let free = |a: DVec3, b: DVec3, named: &[usize]| self.is_free(a, b, named, &is_furniture);
        let found = ways(faces, &corners(faces), from, to, &free);
        found
            .iter()
            .filter_map(|way| self.past_furniture(bodies, from, to, way))
            .collect()
    }

    /// A way with every leg that furniture blocks led around it.
    fn past_furniture(
        &self,
        bodies: &[Body],
        from: DVec3,
        to: DVec3,
        way: &Around,
    ) -> Option<Vec<DVec3>> {
        let mut points = Vec::new();
        for (place, (a, b)) in legs(from, to, &way.points).enumerate() {
            if !self.pieces_between(a, b, &[]).is_empty() {
                let ends = [place.checked_sub(1), Some(place)];
                let named = ends.into_iter().flatten().filter_map(|i| way.faces.get(i));
                let named: Vec<usize> = named.flatten().copied().collect();
                let strings = self.around_furniture(bodies, a, b, &named);
                let shortest = strings
                    .into_iter()
                    .min_by(|x, y| length_m(a, b, x).total_cmp(&length_m(a, b, y)));
                points.extend(shortest?);
            }
            points.extend(way.points.get(place));
        }
        Some(points)
    }
}

/// Ways of nearly one length add up in phase: together they must not be louder than the straight way would be.
fn quieter_than_free(paths: &mut [DiffractedPath], ends: &Ends) {
    let free = ends.free(ends.source.distance(ends.receiver));
    let scale = PerOctave::from_fn(free.octaves(), |place| {
        let all: f64 = paths.iter().map(|p| p.amplitude[place].abs()).sum();
        (free[place] / all).min(1.0)
    });
    for path in paths {
        let amplitude = path.amplitude;
        path.amplitude = PerOctave::from_fn(free.octaves(), |place| {
            let scaled = amplitude[place] * scale[place];
            if scaled.is_finite() { scaled } else { 0.0 }
        });
    }
}

/// A way with its level.
fn diffracted(ends: &Ends, points: &[DVec3]) -> DiffractedPath {
    let (from, to) = (ends.source, ends.receiver);
    let straight_m = from.distance(to);
    let length_m = length_m(from, to, points);
    let detour_m = (length_m - straight_m).max(0.0);
    let first = points.first().copied().unwrap_or(to);
    let last = points.last().copied().unwrap_or(from);
    let way = Way {
        length_m,
        departure: (first - from).normalize_or_zero(),
        arrival: (last - to).normalize_or_zero(),
    };
    let spread = |place: usize| {
        let fresnel = 2.0 * detour_m / ends.wavelength_m(place);
        10f64.powf(-loss_db(fresnel) / 20.0) / straight_m
    };
    DiffractedPath {
        length_m,
        detour_m,
        points_m: points.iter().map(DVec3::to_array).collect(),
        amplitude: ends.amplitude(&core::iter::empty(), &way, spread),
        departure: way.departure.to_array(),
        arrival: way.arrival.to_array(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn losses_are_those_of_maekawas_chart() {
        // Read off the chart: 5 dB at the border of the shadow, then 13, 16, 20, 23 dB.
        for (fresnel, db) in [
            (0.0, 5.0),
            (1.0, 13.0),
            (2.0, 16.0),
            (5.0, 20.0),
            (10.0, 23.0),
        ] {
            assert!((loss_db(fresnel) - db).abs() < 0.3, "{fresnel}");
        }
        assert!((loss_db(1e-13) - 5.0).abs() < 1e-6);
    }
}
