//! From the coordinates of a file to metres with z upwards, and back for messages.

use clap::ValueEnum;

use super::STEPS_PER_M;
use crate::exit::Failure;

/// What a coordinate counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum Unit {
    /// Millimetres
    Mm,
    /// Centimetres
    Cm,
    /// Metres
    M,
    /// Inches
    In,
    /// Feet
    Ft,
}

/// Which axis of a file points upwards.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum Up {
    /// Y, as most programs export it
    Y,
    /// Z
    Z,
}

impl Unit {
    const fn metres(self) -> f64 {
        match self {
            Self::Mm => 0.001,
            Self::Cm => 0.01,
            Self::M => 1.0,
            Self::In => 0.0254,
            Self::Ft => 0.3048,
        }
    }
}

/// How the coordinates of a file are taken.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Frame {
    metres: f64,
    up: Up,
}

impl Frame {
    /// Of a file that says neither unit nor axes.
    pub(crate) const fn new(unit: Unit, up: Up) -> Self {
        Self {
            metres: unit.metres(),
            up,
        }
    }

    /// Of a glTF file, which is in metres with y upwards.
    ///
    /// # Errors
    /// When something else is asked for.
    pub(crate) fn fixed(unit: Option<Unit>, up: Option<Up>) -> Result<Self, Failure> {
        let metres = unit.is_none_or(|unit| unit == Unit::M);
        let y = up.is_none_or(|up| up == Up::Y);
        if metres && y {
            return Ok(Self::new(Unit::M, Up::Y));
        }
        Err(Failure::usage(
            "glTF files are in metres with y upwards by their standard; leave --unit and --up out, and scale or turn \
             the room in the program that made it",
        ))
    }

    /// A point of the file in metres with z upwards, to a micrometre.
    pub(crate) fn in_room(&self, [x, y, z]: [f64; 3]) -> [f64; 3] {
        let turned = match self.up {
            Up::Y => [x, -z, y],
            Up::Z => [x, y, z],
        };
        // Adding zero takes the sign off a negative zero.
        turned.map(|length| (length * self.metres * STEPS_PER_M).round() / STEPS_PER_M + 0.0)
    }

    /// A point of the room as the file has it.
    pub(crate) fn in_file(&self, point: [f64; 3]) -> [f64; 3] {
        let [x, y, z] = point.map(|length| length / self.metres);
        let turned = match self.up {
            Up::Y => [x, z, -y],
            Up::Z => [x, y, z],
        };
        turned.map(|length| (length * STEPS_PER_M).round() / STEPS_PER_M + 0.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn is_near(a: [f64; 3], b: [f64; 3]) -> bool {
        a.iter().zip(b).all(|(a, b)| (a - b).abs() < 1e-9)
    }

    #[test]
    fn y_becomes_z_by_turning_not_by_mirroring() {
        let frame = Frame::new(Unit::Cm, Up::Y);
        let axes = [[100.0, 0.0, 0.0], [0.0, 100.0, 0.0], [0.0, 0.0, 100.0]];
        let [a, b, c] = axes.map(|axis| frame.in_room(axis));
        assert!(is_near(b, [0.0, 0.0, 1.0]), "up is up: {b:?}");
        let cross = [
            a[1] * b[2] - a[2] * b[1],
            a[2] * b[0] - a[0] * b[2],
            a[0] * b[1] - a[1] * b[0],
        ];
        assert!(is_near(cross, c), "x cross y is z before and after");
    }

    #[test]
    fn a_point_goes_there_and_back() {
        for (unit, up) in [(Unit::In, Up::Y), (Unit::Ft, Up::Z), (Unit::Mm, Up::Y)] {
            let frame = Frame::new(unit, up);
            let back = frame.in_file(frame.in_room([100.0, -20.0, 36.0]));
            let off = [back[0] - 100.0, back[1] + 20.0, back[2] - 36.0];
            assert!(off.iter().all(|x| x.abs() < 1e-3), "{back:?}");
        }
    }

    #[test]
    fn gltf_has_its_own_unit_and_axes() {
        assert!(Frame::fixed(Some(Unit::M), Some(Up::Y)).is_ok());
        let refused = Frame::fixed(Some(Unit::Mm), None).unwrap_err().to_string();
        assert!(refused.contains("metres"), "{refused}");
    }
}
