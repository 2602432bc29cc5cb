//! A few hundred rays from their start to their end: the unit of parallel work.
//!
//! What a chunk counts depends on its numbers alone, not on who runs it or when.

use core::ops::Range;

use super::ears::{Clock, Ear, any_passes, chord, rain};
use super::enclosure::Enclosure;
use super::launch::Start;
use super::packet::{Lanes, Launched, NOWHERE, Packet, RAYS, advance};
use super::rows::{Row, add, chances, reflect, reflect_weighted, scatter};
use super::surfaces::Surfaces;
use super::turn::turn;
use super::{Counted, random, single};
use crate::scene::Scene;

/// What all chunks of a group of octaves share.
#[derive(Debug)]
pub(crate) struct Task<'a, const B: usize> {
    pub(crate) scene: &'a Scene,
    pub(crate) enclosure: &'a Enclosure<'a>,
    pub(crate) surfaces: Surfaces<B>,
    pub(crate) octaves: usize,
    pub(crate) ears: &'a [Ear],
    /// First row of each ear, then that of the room.
    pub(crate) first_row: &'a [usize],
    pub(crate) rows: usize,
    pub(crate) room: Option<Clock>,
    pub(crate) counted: Counted,
    pub(crate) limit_m: f64,
    /// A ray ends when all its energies are below.
    pub(crate) threshold: f32,
    /// Energy attenuation of the octave that the air takes least from, 1/m.
    pub(crate) air_per_m: f64,
    pub(crate) seed: u64,
}

/// What a chunk counts.
#[derive(Debug)]
pub(crate) struct Counts<'a, const B: usize> {
    pub(crate) rows: &'a mut [Row<B>],
    pub(crate) hits: u64,
    pub(crate) way_m: f64,
    pub(crate) leaks: u64,
    pub(crate) leaked: [f64; B],
}

/// Reflections between two looks for rays that have ended.
const LOOK: u64 = 8;

/// A ray that has not come farther between two looks, in metres, is caught in a seam and counts as leaked.
const CAUGHT_M: f64 = 1e-6;

/// Most reflections of a ray; a time limit comes long before.
const BOUNCES_MAX: u32 = 1_000_000;

impl<const B: usize> Task<'_, B> {
    /// Traces some rays of a batch into rows of zeros.
    pub(crate) fn run<'a>(
        &self,
        batch: u32,
        start: &Start,
        rays: Range<u32>,
        rows: &'a mut [Row<B>],
    ) -> Counts<'a, B> {
        let mut counts = Counts {
            rows,
            hits: 0,
            way_m: 0.0,
            leaks: 0,
            leaked: [0.0; B],
        };
        let mut packet = Packet::default();
        let mut waiting = rays;
        self.fill(&mut packet, batch, start, &mut waiting);
        self.trace(&mut packet, &mut counts, |packet| {
            self.fill(packet, batch, start, &mut waiting);
        });
        counts
    }

    /// Puts rays that wait into the places of those that have ended, so that no packet waits for its last ray.
    fn fill(&self, packet: &mut Packet<B>, batch: u32, start: &Start, waiting: &mut Range<u32>) {
        for place in 0..RAYS {
            if packet.alive[place] > 0 {
                continue;
            }
            let Some(ray) = waiting.next() else {
                return;
            };
            self.launch(packet, place, batch, start, ray);
        }
    }

    fn launch(&self, packet: &mut Packet<B>, place: usize, batch: u32, start: &Start, ray: u32) {
        let (position, direction, energy) = start.ray(self.scene, ray);
        let launched = Launched {
            at: (position - self.enclosure.origin).to_array().map(single),
            towards: direction.to_array().map(single),
            key: random::key(self.seed, batch, ray),
            energy: single(energy),
        };
        packet.launch(place, &launched, self.octaves);
    }

    /// Traces a packet until all its rays have ended; `fill` may put others into their places.
    fn trace(
        &self,
        packet: &mut Packet<B>,
        counts: &mut Counts<'_, B>,
        mut fill: impl FnMut(&mut Packet<B>),
    ) {
        let mut scattered = [[0.0; B]; RAYS];
        let mut chance = [0.0; RAYS];
        for step in 0_u64.. {
            if !self.enclosure.is_convex() {
                packet.beams.look_afar();
            }
            self.enclosure.nearest(&mut packet.beams);
            if !self.enclosure.is_convex() {
                self.catch_leaks(packet, counts);
            }
            self.hear(packet, counts);
            self.advance(packet, counts);
            let surface = self.enclosure.surfaces(&packet.beams);
            let list = &self.surfaces.list[..];
            self.draw_chances(packet, &surface, &mut chance);
            if self.surfaces.scatter && self.counted.takes_diffuse() {
                scatter(&packet.energy, &surface, list, &mut scattered);
                self.rain(packet, &scattered, counts.rows);
            }
            turn(
                &mut packet.beams,
                &packet.key,
                &mut packet.bounce,
                &chance,
                &mut packet.diffuse,
                &mut packet.mirrored,
            );
            let before = self.room.as_ref().map(|_| packet.energy);
            if self.surfaces.alike {
                reflect(&mut packet.energy, &surface, list);
            } else {
                reflect_weighted(&mut packet.energy, &surface, list, &chance, &packet.diffuse);
            }
            if let (Some(clock), Some(before)) = (&self.room, &before) {
                self.lose(clock, packet, before, counts.rows);
            }
            if step % LOOK == 0 {
                self.end_spent(packet, counts);
            }
            if core::mem::take(&mut packet.has_ended) {
                fill(packet);
            }
            if !packet.any_alive() {
                return;
            }
        }
    }

    /// Probability of a diffuse reflection of each ray.
    fn draw_chances(&self, packet: &Packet<B>, surface: &[u32; RAYS], chance: &mut Lanes) {
        let list = &self.surfaces.list[..];
        if self.surfaces.alike {
            *chance = core::array::from_fn(|ray| list[surface[ray] as usize].common);
        } else {
            chances(&packet.energy, surface, list, chance);
        }
    }

    /// Rays that meet nothing have left the room through a seam: their energy is reported.
    fn catch_leaks(&self, packet: &mut Packet<B>, counts: &mut Counts<'_, B>) {
        let met_nothing = |sum: u32, face: &u32| sum | u32::from(*face == NOWHERE);
        if packet.beams.face.iter().fold(0, met_nothing) == 0 {
            return;
        }
        for ray in 0..RAYS {
            if packet.beams.face[ray] != NOWHERE {
                continue;
            }
            packet.beams.leg[ray] = 0.0;
            self.leak(packet, ray, counts);
        }
    }

    fn leak(&self, packet: &mut Packet<B>, ray: usize, counts: &mut Counts<'_, B>) {
        if packet.alive[ray] > 0 {
            counts.leaks += 1;
            for (sum, energy) in counts.leaked.iter_mut().zip(packet.energy[ray]) {
                *sum += f64::from(energy);
            }
            self.end(packet, ray, counts);
        }
    }

    /// Counts ways through the spheres of all receivers on the present legs.
    fn hear(&self, packet: &Packet<B>, counts: &mut Counts<'_, B>) {
        for (ear, first) in self.ears.iter().zip(self.first_row) {
            if !any_passes(&packet.beams, ear) {
                continue;
            }
            for ray in 0..RAYS {
                self.hear_one(packet, ray, ear, &mut counts.rows[*first..]);
            }
        }
    }

    fn hear_one(&self, packet: &Packet<B>, ray: usize, ear: &Ear, rows: &mut [Row<B>]) {
        let Some(chord) = chord(&packet.beams, ray, ear) else {
            return;
        };
        // After a diffuse reflection the rain has already told, unless it began too near.
        if packet.diffuse[ray] > 0 && !chord.within {
            return;
        }
        let along = packet.length[ray] + f64::from(chord.along_m);
        let mirrored = packet.mirrored[ray];
        let way = if mirrored < 0 {
            along
        } else {
            along.hypot(f64::from(chord.miss_m2.sqrt()))
        };
        if !self.counted.takes(mirrored, way) {
            return;
        }
        let back = packet.beams.direction(ray).map(|d| -d);
        let weight = chord.length_m * ear.per_metre * ear.squared_gain(back);
        let row = &mut rows[ear.clock.row(single(way)) as usize];
        for (sum, energy) in row.iter_mut().zip(&packet.energy[ray]) {
            *sum += weight * energy;
        }
    }

    /// Moves rays to the surfaces that they meet; those whose time is over end.
    fn advance(&self, packet: &mut Packet<B>, counts: &mut Counts<'_, B>) {
        let Packet {
            beams,
            length,
            alive,
            ..
        } = packet;
        let (count, over) = advance(beams, length, alive, self.limit_m);
        counts.hits += u64::from(count);
        if !over {
            return;
        }
        for ray in 0..RAYS {
            if packet.alive[ray] > 0 && packet.length[ray] >= self.limit_m {
                counts.hits -= 1;
                self.end(packet, ray, counts);
            }
        }
    }

    fn rain(&self, packet: &Packet<B>, scattered: &[Row<B>; RAYS], rows: &mut [Row<B>]) {
        let (mut weights, mut bins) = ([0.0; RAYS], [0; RAYS]);
        for (ear, first) in self.ears.iter().zip(self.first_row) {
            rain(&packet.beams, &packet.length, ear, &mut weights, &mut bins);
            self.enclosure.hide(&packet.beams, ear.centre, &mut weights);
            add(&mut rows[*first..], &bins, &weights, scattered);
        }
    }

    /// Counts what the room has lost by a reflection.
    fn lose(
        &self,
        clock: &Clock,
        packet: &Packet<B>,
        before: &[Row<B>; RAYS],
        rows: &mut [Row<B>],
    ) {
        let Some(first) = self.first_row.last() else {
            return;
        };
        for ray in 0..RAYS {
            let row = &mut rows[first + clock.row(single(packet.length[ray])) as usize];
            for b in 0..B {
                row[b] += before[ray][b] - packet.energy[ray][b];
            }
        }
    }

    /// Ends a ray: its way counts, and what it still carried is lost to the room there.
    fn end(&self, packet: &mut Packet<B>, ray: usize, counts: &mut Counts<'_, B>) {
        let length = packet.length[ray];
        counts.way_m += length.min(self.limit_m);
        let left = packet.end(ray);
        if let (Some(clock), Some(first)) = (&self.room, self.first_row.last()) {
            let row = &mut counts.rows[first + clock.row(single(length)) as usize];
            for (sum, energy) in row.iter_mut().zip(left) {
                *sum += energy;
            }
        }
    }

    /// What the air leaves of an energy on a way in metres, in the octave that it takes least from.
    fn through_air(&self, way_m: f64) -> f32 {
        single((-self.air_per_m * way_m).exp())
    }

    /// Ends rays whose energies have all fallen below the threshold, air counted, and those that are caught.
    fn end_spent(&self, packet: &mut Packet<B>, counts: &mut Counts<'_, B>) {
        let longest = packet.length.iter().copied().fold(0.0, f64::max);
        let (least, threshold) = (self.through_air(longest), self.threshold);
        for ray in 0..RAYS {
            let most = packet.energy[ray].iter().copied().fold(0.0, f32::max);
            // The one that the air has taken most from tells for all whether another look is needed.
            let is_faint =
                most * least < threshold && most * self.through_air(packet.length[ray]) < threshold;
            let is_spent = is_faint || packet.bounce[ray] >= BOUNCES_MAX;
            if packet.alive[ray] > 0 && is_spent {
                self.end(packet, ray, counts);
            }
            if packet.length[ray] < packet.looked[ray] + CAUGHT_M {
                self.leak(packet, ray, counts);
            }
            packet.looked[ray] = packet.length[ray];
        }
    }
}
