//! What is wrong with a scene: where, the value seen, what is allowed, what to do.

use core::fmt;
use std::sync::Arc;

/// Faces that are named where one is not known: a room may have thousands.
const FACES_NAMED: usize = 8;

/// A step of the way to a field.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Step {
    /// A named field.
    Field(&'static str),
    /// An entry of a list, from 0.
    Index(usize),
}

impl From<&'static str> for Step {
    fn from(name: &'static str) -> Self {
        Self::Field(name)
    }
}

impl From<usize> for Step {
    fn from(index: usize) -> Self {
        Self::Index(index)
    }
}

/// The way to a field of a scene, `room.size_m[2]`.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Place(Vec<Step>);

impl Place {
    /// A way that begins with a field.
    pub fn at(field: &'static str) -> Self {
        Self(vec![field.into()])
    }

    /// One step further.
    #[must_use]
    pub fn then(&self, step: impl Into<Step>) -> Self {
        let mut steps = self.0.clone();
        steps.push(step.into());
        Self(steps)
    }

    /// The steps.
    pub fn steps(&self) -> &[Step] {
        &self.0
    }
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (count, step) in self.0.iter().enumerate() {
            match step {
                Step::Field(name) if count == 0 => write!(f, "{name}")?,
                Step::Field(name) => write!(f, ".{name}")?,
                Step::Index(index) => write!(f, "[{index}]")?,
            }
        }
        Ok(())
    }
}

/// What is wrong.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub enum Wrong {
    /// A number outside its bounds, or no number.
    Outside {
        /// What was given.
        found: f64,
        /// Smallest value allowed.
        least: f64,
        /// Largest value allowed.
        most: f64,
    },
    /// Too few or too many entries.
    Count {
        /// How many there are.
        found: usize,
        /// Fewest allowed.
        least: usize,
        /// Most allowed.
        most: usize,
    },
    /// An id that is empty, too long, or given twice.
    Id {
        /// The id.
        found: String,
        /// Why it is refused.
        why: &'static str,
    },
    /// Two corners on one spot.
    RepeatedCorner {
        /// Its coordinates in metres.
        corner: [f64; 3],
    },
    /// Corners on one line, or an area that is nothing.
    NoArea {
        /// Area in square metres.
        found_m2: f64,
    },
    /// Two sides of an outline cross or touch.
    CrossingSides {
        /// The sides, counted from 0.
        sides: [usize; 2],
    },
    /// A corner out of the plane of the others.
    NotPlanar {
        /// Its distance from the plane in metres.
        off_m: f64,
        /// What is allowed, in metres.
        allowed_m: f64,
    },
    /// An edge that does not belong to exactly two faces.
    OpenEdge {
        /// Its ends in metres.
        ends: [[f64; 3]; 2],
        /// How many faces it belongs to.
        faces: usize,
    },
    /// Faces that pass through each other, or do not belong together.
    NotOneRoom {
        /// How many closed parts there are.
        parts: usize,
    },
    /// A point outside the room.
    OutOfRoom {
        /// The point in metres.
        point: [f64; 3],
    },
    /// A point inside a piece of furniture.
    InFurniture {
        /// The point in metres.
        point: [f64; 3],
        /// Id of the furniture.
        furniture: String,
    },
    /// A point too near to a surface or to another point.
    TooNear {
        /// What it is too near to.
        to: String,
        /// Distance in metres.
        found_m: f64,
        /// Smallest distance allowed, in metres.
        least_m: f64,
    },
    /// A name of a face that there is not.
    UnknownFace {
        /// The name.
        found: String,
        /// The names there are.
        known: Arc<[String]>,
    },
    /// A patch that reaches beyond its face.
    PatchBeyondFace {
        /// Name of the face.
        face: String,
    },
    /// A patch that overlaps another one.
    PatchOverlaps {
        /// Name of the other patch.
        other: String,
    },
}

impl fmt::Display for Wrong {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Outside { found, least, most } => {
                write!(f, "{found} is outside of {least} to {most}")
            }
            Self::Count { found, least, most } => {
                write!(
                    f,
                    "there are {found} entries; {least} to {most} are allowed"
                )
            }
            Self::Id { found, why } => write!(f, "the id \"{found}\" {why}"),
            Self::RepeatedCorner { corner } => {
                write!(f, "the corner {corner:?} is given twice; leave one out")
            }
            Self::NoArea { found_m2 } => write!(
                f,
                "the corners enclose {found_m2:.6} m2; give at least three that do not lie on one line"
            ),
            Self::CrossingSides { sides: [a, b] } => write!(
                f,
                "side {a} and side {b} of the outline cross or touch; give the corners in their order around the room"
            ),
            Self::NotPlanar { off_m, allowed_m } => write!(
                f,
                "a corner lies {off_m:.4} m out of the plane of its face ({allowed_m} m are allowed); split the face"
            ),
            Self::OpenEdge {
                ends: [a, b],
                faces,
            } => write!(
                f,
                "the edge from {a:?} to {b:?} belongs to {faces} faces; in a closed room every edge belongs to two"
            ),
            Self::NotOneRoom { parts } => write!(
                f,
                "the faces enclose {parts} separate volumes; give one room, and what stands in it as furniture"
            ),
            Self::OutOfRoom { point } => write!(f, "{point:?} lies outside the room"),
            Self::InFurniture { point, furniture } => {
                write!(f, "{point:?} lies inside the furniture \"{furniture}\"")
            }
            Self::TooNear {
                to,
                found_m,
                least_m,
            } => write!(
                f,
                "it is {found_m:.4} m away from {to}; at least {least_m} m are needed"
            ),
            Self::UnknownFace { found, known } => {
                write!(
                    f,
                    "there is no face \"{found}\"; there are {}",
                    Named(known)
                )
            }
            Self::PatchBeyondFace { face } => write!(
                f,
                "the patch does not lie on the face \"{face}\" with all its corners; move or shrink it"
            ),
            Self::PatchOverlaps { other } => {
                write!(
                    f,
                    "the patch overlaps the patch \"{other}\"; move one of them"
                )
            }
        }
    }
}

/// The first of many names, and how many more there are.
struct Named<'a>(&'a [String]);

impl fmt::Display for Named<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let named = &self.0[..self.0.len().min(FACES_NAMED)];
        f.write_str(&named.join(", "))?;
        match self.0.len() - named.len() {
            0 => Ok(()),
            more => write!(f, " and {more} more"),
        }
    }
}

/// One fault of a scene.
#[derive(Debug, Clone, PartialEq)]
pub struct SceneFault {
    /// Which field.
    pub place: Place,
    /// What is wrong with it.
    pub wrong: Wrong,
}

impl fmt::Display for SceneFault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.place, self.wrong)
    }
}

impl core::error::Error for SceneFault {}

/// Faults as they are found; a scene is built only when there are none.
#[derive(Debug, Default)]
pub(crate) struct Faults(Vec<SceneFault>);

impl Faults {
    pub(crate) fn add(&mut self, place: Place, wrong: Wrong) {
        self.0.push(SceneFault { place, wrong });
    }

    /// Notes a number that is not within its bounds; tells whether it is.
    pub(crate) fn bound(&mut self, place: Place, found: f64, least: f64, most: f64) -> bool {
        let fits = (least..=most).contains(&found);
        if !fits {
            self.add(place, Wrong::Outside { found, least, most });
        }
        fits
    }

    /// Notes a count that is not within its bounds; tells whether it is.
    pub(crate) fn count(&mut self, place: Place, found: usize, least: usize, most: usize) -> bool {
        let fits = (least..=most).contains(&found);
        if !fits {
            self.add(place, Wrong::Count { found, least, most });
        }
        fits
    }

    pub(crate) const fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    pub(crate) fn into_vec(self) -> Vec<SceneFault> {
        self.0
    }
}
