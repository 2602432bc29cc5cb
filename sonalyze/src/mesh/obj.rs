//! Reads Wavefront OBJ: vertices, faces of any number of corners, names of objects, groups and materials.
//!
//! Only what makes a room is read. Normals, textures, lines, points and everything for display are passed over; curved
//! surfaces are refused. Material files are not needed, since only the names of materials count.

use super::{CORNERS_MAX, FACES_MAX, Face, Faults, Frame};

/// Statements of free-form geometry, which has no planar faces.
const CURVED: [&str; 3] = ["curv", "curv2", "surf"];

/// What has been read so far.
struct Reader<'a> {
    frame: &'a Frame,
    corners: Vec<[f64; 3]>,
    faces: Vec<Face>,
    faults: Faults,
    name: Option<String>,
    material: Option<String>,
}

/// The faces of a file.
///
/// # Errors
/// Every fault with its line.
pub(super) fn read(bytes: &[u8], frame: &Frame) -> Result<Vec<Face>, Faults> {
    let text = String::from_utf8_lossy(bytes);
    let mut reader = Reader {
        frame,
        corners: Vec::new(),
        faces: Vec::new(),
        faults: Faults::new(),
        name: None,
        material: None,
    };
    for (line, statement) in statements(&text) {
        if let Err(why) = reader.statement(&statement) {
            reader.faults.push(format!("line {line}: {why}"));
        }
        if let Some(face) = reader.faces.last_mut()
            && face.origin.is_empty()
        {
            face.origin = format!("line {line}");
        }
        if reader.corners.len() > CORNERS_MAX || reader.faces.len() > FACES_MAX {
            reader.faults.push(format!(
                "line {line}: more than {CORNERS_MAX} corners or {FACES_MAX} faces; a room needs few, so simplify it"
            ));
            break;
        }
    }
    if reader.faults.is_empty() {
        Ok(reader.faces)
    } else {
        Err(reader.faults)
    }
}

/// Statements with the number of their first line: comments are cut, lines that end with `\` are joined.
fn statements(text: &str) -> Vec<(usize, String)> {
    let mut all: Vec<(usize, String)> = Vec::new();
    let mut goes_on = false;
    for (index, line) in text.lines().enumerate() {
        let line = line.split('#').next().unwrap_or_default().trim_end();
        let (part, more) = match line.strip_suffix('\\') {
            Some(part) => (part, true),
            None => (line, false),
        };
        match all.last_mut() {
            Some((_, whole)) if goes_on => {
                whole.push(' ');
                whole.push_str(part);
            }
            _ => all.push((index + 1, part.to_owned())),
        }
        goes_on = more;
    }
    all
}

impl Reader<'_> {
    fn statement(&mut self, statement: &str) -> Result<(), String> {
        let statement = statement.trim();
        let (word, rest) = statement
            .split_once(char::is_whitespace)
            .unwrap_or((statement, ""));
        let rest = rest.trim();
        match word {
            "v" => self.corner(rest),
            "f" | "fo" => self.face(rest),
            "o" | "g" => {
                self.name = Some(rest.to_owned()).filter(|name| !name.is_empty());
                Ok(())
            }
            "usemtl" => {
                self.material = Some(rest.to_owned()).filter(|name| !name.is_empty());
                Ok(())
            }
            curved if CURVED.contains(&curved) => Err(format!(
                "`{curved}` is a curved surface, only planar faces are read; export the room as polygons"
            )),
            _ => Ok(()),
        }
    }

    fn corner(&mut self, rest: &str) -> Result<(), String> {
        // A vertex that cannot be read keeps its place, so that faces after it still name the right ones.
        self.corners.push([0.0; 3]);
        let numbers: Vec<&str> = rest.split_whitespace().collect();
        let &[x, y, z, ..] = numbers.as_slice() else {
            let count = numbers.len();
            return Err(format!("`v {rest}` has {count} numbers, three are needed"));
        };
        let number = |text: &str| {
            let found = text.parse::<f64>().ok().filter(|number| number.is_finite());
            found.ok_or_else(|| format!("`{text}` in `v {rest}` is no number"))
        };
        let point = [number(x)?, number(y)?, number(z)?];
        if let Some(own) = self.corners.last_mut() {
            *own = self.frame.in_room(point);
        }
        Ok(())
    }

    fn face(&mut self, rest: &str) -> Result<(), String> {
        let words: Vec<&str> = rest.split_whitespace().collect();
        if words.len() < 3 {
            return Err(format!(
                "`f {rest}` has {} corners, three or more are needed",
                words.len()
            ));
        }
        let corners = words.iter().map(|word| self.corner_of(word));
        let corners_m = corners.collect::<Result<Vec<_>, _>>()?;
        let number = self.faces.len() + 1;
        self.faces.push(Face {
            name: match &self.name {
                Some(name) => format!("{name} {number}"),
                None => format!("face {number}"),
            },
            material: self.material.clone(),
            corners_m,
            origin: String::new(),
        });
        Ok(())
    }

    /// The vertex of `7`, `7/1`, `7//3` or `7/1/3`; negative ones count back from the last.
    fn corner_of(&self, word: &str) -> Result<[f64; 3], String> {
        let index = word.split('/').next().unwrap_or_default();
        let count = self.corners.len();
        let place = match index.parse::<i64>() {
            Ok(index) if index > 0 => usize::try_from(index).ok().map(|i| i - 1),
            Ok(index) if index < 0 => usize::try_from(index.unsigned_abs())
                .ok()
                .and_then(|back| count.checked_sub(back)),
            Ok(_) | Err(_) => None,
        };
        place
            .and_then(|place| self.corners.get(place).copied())
            .ok_or_else(|| {
                format!(
                    "`{word}` names no vertex; there are {count} before this line, counted from 1"
                )
            })
    }
}

#[cfg(test)]
mod tests {
    use super::super::{Unit, Up};
    use super::*;

    fn read_z(text: &str) -> Result<Vec<Face>, Faults> {
        read(text.as_bytes(), &Frame::new(Unit::M, Up::Z))
    }

    const SQUARE: &str = "v 0 0 0\nv 1 0 0\nv 1 1 0\nv 0 1 0\n";

    #[test]
    fn corners_may_be_named_in_every_way() {
        let text = format!(
            "mtllib missing.mtl\n{SQUARE}vt 0 0\nvn 0 0 1\no Floor\nusemtl Oak wood\nf 1 2/1 3//1 4/1/1\n\
             g\nf -4 -3 \\\n -2 # the end\n"
        );
        let faces = read_z(&text).unwrap();
        assert_eq!(faces.len(), 2);
        assert_eq!(faces[0].name, "Floor 1");
        assert_eq!(faces[0].material.as_deref(), Some("Oak wood"));
        let [x, y, z] = faces[0].corners_m[2];
        assert!((x - 1.0).abs() < 1e-9 && (y - 1.0).abs() < 1e-9 && z.abs() < 1e-9);
        assert_eq!(
            (faces[1].name.as_str(), faces[1].corners_m.len()),
            ("face 2", 3)
        );
        assert_eq!(
            (faces[0].origin.as_str(), faces[1].origin.as_str()),
            ("line 10", "line 12")
        );
    }

    #[test]
    fn every_fault_is_told_with_its_line() {
        let text = format!(
            "{SQUARE}v 1 x 0\nv 1 2\nf 1 2\nf 1 2 9\nf 1 2 0\nf 1 2 -9\nsurf 0 1 0 1 1 2\n"
        );
        let faults = read_z(&text).unwrap_err();
        let lines: Vec<&str> = faults.iter().filter_map(|f| f.split(':').next()).collect();
        assert_eq!(
            lines,
            [
                "line 5", "line 6", "line 7", "line 8", "line 9", "line 10", "line 11"
            ]
        );
        assert!(faults[0].contains("`x`"), "{faults:?}");
        assert!(faults[3].contains("there are 6"), "{faults:?}");
        assert!(faults[6].contains("curved"), "{faults:?}");
    }

    #[test]
    fn numbers_that_are_none_are_refused() {
        for word in ["NaN", "inf", "1e400"] {
            let faults = read_z(&format!("v 0 0 {word}\n")).unwrap_err();
            assert!(faults[0].contains(word), "{faults:?}");
        }
    }
}
