//! Sixteen rays side by side: one number of each in an array, so that loops over them become vector instructions.

use multiversion::multiversion;

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

    /// Aims every ray that has a weight at a point, to look that far less a hair; the others look nowhere.
    pub(crate) fn aim(&mut self, point: [f32; 3], weights: &Lanes, hair_m: f32) {
        for (ray, weight) in weights.iter().enumerate() {
            let [x, y, z] = [0, 1, 2].map(|k| point[k] - self.at[k][ray]);
            let way = (x * x + y * y + z * z).sqrt();
            let wanted = *weight > 0.0;
            let one = if wanted { 1.0 / way } else { 0.0 };
            self.towards[0][ray] = x * one;
            self.towards[1][ray] = y * one;
            self.towards[2][ray] = z * one;
            self.leg[ray] = if wanted { way - hair_m } else { 0.0 };
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
    /// Ways at the last look, to find rays that are caught between two faces.
    pub(crate) looked: [f64; RAYS],
    /// Energies by octave.
    pub(crate) energy: [[f32; B]; RAYS],
    /// Keys of their random numbers.
    pub(crate) key: [[u32; RAYS]; 2],
    /// Number of mirror reflections as long as there was no other, else -1.
    pub(crate) mirrored: [i32; RAYS],
    /// 1 where the last reflection was diffuse, else 0.
    pub(crate) diffuse: [u32; RAYS],
    /// Reflections so far.
    pub(crate) bounce: [u32; RAYS],
    /// 1 where a ray still carries anything, else 0.
    pub(crate) alive: [u32; RAYS],
    /// Whether a ray has ended whose place nobody has looked at since.
    pub(crate) has_ended: bool,
}

impl<const B: usize> Default for Packet<B> {
    fn default() -> Self {
        Self {
            beams: Beams::default(),
            length: [0.0; RAYS],
            looked: [-1.0; RAYS],
            energy: [[0.0; B]; RAYS],
            key: [[0; RAYS]; 2],
            mirrored: [0; RAYS],
            diffuse: [0; RAYS],
            bounce: [0; RAYS],
            alive: [0; RAYS],
            has_ended: false,
        }
    }
}

impl<const B: usize> Packet<B> {
    /// Puts a ray into a place where there is none, with the same energy in its first `octaves` octaves.
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
        (self.length[ray], self.looked[ray]) = (0.0, -1.0);
        (self.mirrored[ray], self.diffuse[ray]) = (0, 0);
        self.bounce[ray] = 0;
        self.alive[ray] = 1;
    }

    /// Takes a ray out and hands back what it carried.
    pub(crate) fn end(&mut self, ray: usize) -> [f32; B] {
        self.alive[ray] = 0;
        self.has_ended = true;
        core::mem::replace(&mut self.energy[ray], [0.0; B])
    }

    /// Whether any ray still carries anything.
    pub(crate) fn any_alive(&self) -> bool {
        self.alive.iter().any(|alive| *alive > 0)
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

/// Moves every ray to what it met; tells how many rays are alive, and whether the way of one of them is over.
#[multiversion(targets("x86_64+avx512f+avx512vl", "x86_64+avx2+fma", "aarch64+neon"))]
pub(crate) fn advance(
    beams: &mut Beams,
    length: &mut [f64; RAYS],
    alive: &[u32; RAYS],
    limit_m: f64,
) -> (u32, bool) {
    for axis in 0..3 {
        for ray in 0..RAYS {
            beams.at[axis][ray] += beams.leg[ray] * beams.towards[axis][ray];
        }
    }
    let (mut count, mut over) = (0, 0);
    for ray in 0..RAYS {
        length[ray] += f64::from(beams.leg[ray]);
        over |= alive[ray] & u32::from(length[ray] >= limit_m);
        count += alive[ray];
    }
    (count, over > 0)
}
