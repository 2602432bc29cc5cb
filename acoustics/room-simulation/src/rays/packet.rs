//! Sixteen rays side by side: one number of each in an array, so that loops over them become vector instructions.

use super::random;

/// Rays of a packet.
pub(crate) const RAYS: usize = 16;

/// One number of each ray.
pub(crate) type Lanes = [f32; RAYS];

/// No face.
pub(crate) const NOWHERE: u32 = u32::MAX;

/// Half-lines that look for the first face they meet.
#[derive(Debug, Clone)]
#[repr(align(64))]
pub(crate) struct Beams {
    /// Where they begin, in metres from the origin of the enclosure.
    pub(crate) at: [Lanes; 3],
    /// Directions of unit length.
    pub(crate) towards: [Lanes; 3],
    /// Before the search how far to look, after it where they met, in metres.
    pub(crate) leg: Lanes,
    /// What they met, or [`NOWHERE`].
    pub(crate) face: [u32; RAYS],
    /// Normal of what they met, into the air.
    pub(crate) normal: [Lanes; 3],
}

impl Default for Beams {
    fn default() -> Self {
        Self {
            at: [[0.0; RAYS]; 3],
            towards: [[0.0; RAYS]; 3],
            leg: [f32::INFINITY; RAYS],
            face: [NOWHERE; RAYS],
            normal: [[0.0; RAYS]; 3],
        }
    }
}

impl Beams {
    /// Forgets what was met and looks as far as it takes.
    pub(crate) fn look_afar(&mut self) {
        self.leg = [f32::INFINITY; RAYS];
        self.face = [NOWHERE; RAYS];
    }

    /// Moves every ray to what it met.
    pub(crate) fn advance(&mut self) {
        for axis in 0..3 {
            for ray in 0..RAYS {
                self.at[axis][ray] += self.leg[ray] * self.towards[axis][ray];
            }
        }
    }

    /// A point of a ray.
    pub(crate) fn point(&self, ray: usize) -> [f32; 3] {
        [0, 1, 2].map(|axis| self.at[axis][ray])
    }

    /// The direction of a ray.
    pub(crate) fn direction(&self, ray: usize) -> [f32; 3] {
        [0, 1, 2].map(|axis| self.towards[axis][ray])
    }
}

/// Sixteen particles with their energies in `B` octaves.
#[derive(Debug, Clone)]
#[repr(align(64))]
pub(crate) struct Packet<const B: usize> {
    pub(crate) beams: Beams,
    /// Ways so far in metres; in f64, so that a thousand legs add no error.
    pub(crate) length: [f64; RAYS],
    /// Energies by octave.
    pub(crate) energy: [[f32; B]; RAYS],
    /// Keys of their random numbers.
    pub(crate) key: [[u32; RAYS]; 2],
    /// Number of mirror reflections as long as there was no other, else -1.
    pub(crate) mirrored: [i32; RAYS],
    /// Whether the last reflection was diffuse.
    pub(crate) diffuse: [bool; RAYS],
    /// Whether they still carry anything.
    pub(crate) alive: [bool; RAYS],
}

impl<const B: usize> Default for Packet<B> {
    fn default() -> Self {
        Self {
            beams: Beams::default(),
            length: [0.0; RAYS],
            energy: [[0.0; B]; RAYS],
            key: [[0; RAYS]; 2],
            mirrored: [0; RAYS],
            diffuse: [false; RAYS],
            alive: [false; RAYS],
        }
    }
}

impl<const B: usize> Packet<B> {
    /// Puts a ray into its place, with the same energy in its first `octaves` octaves.
    pub(crate) fn launch(&mut self, ray: usize, start: &Launched, octaves: usize) {
        for axis in 0..3 {
            self.beams.at[axis][ray] = start.at[axis];
            self.beams.towards[axis][ray] = start.towards[axis];
        }
        self.key[0][ray] = start.key[0];
        self.key[1][ray] = start.key[1];
        for energy in self.energy[ray].iter_mut().take(octaves) {
            *energy = start.energy;
        }
        self.alive[ray] = true;
    }

    /// Takes a ray out and hands back what it carried.
    pub(crate) fn end(&mut self, ray: usize) -> [f32; B] {
        self.alive[ray] = false;
        core::mem::replace(&mut self.energy[ray], [0.0; B])
    }

    /// Whether any ray still carries anything.
    pub(crate) fn any_alive(&self) -> bool {
        self.alive.iter().any(|alive| *alive)
    }

    /// Marks rays as they were drawn.
    pub(crate) fn mark(&mut self, diffuse: [bool; RAYS]) {
        for ray in 0..RAYS {
            let mirrored = self.mirrored[ray];
            let next = if mirrored < 0 { -1 } else { mirrored + 1 };
            self.mirrored[ray] = if diffuse[ray] { -1 } else { next };
        }
        self.diffuse = diffuse;
    }

    /// Words of a bounce, see [`random::number`].
    pub(crate) fn words(&self, bounce: u32) -> [u32; RAYS] {
        core::array::from_fn(|ray| random::of_bounce([self.key[0][ray], self.key[1][ray]], bounce))
    }
}

/// How a ray begins.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Launched {
    pub(crate) at: [f32; 3],
    pub(crate) towards: [f32; 3],
    pub(crate) key: [u32; 2],
    pub(crate) energy: f32,
}
