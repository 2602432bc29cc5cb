//! Options of the commands around simulated rooms: `simulate`, `room`, `materials`.

use std::path::PathBuf;
use std::str::FromStr;

use clap::{Args, Subcommand, ValueEnum};
use room_simulation::{DURATION_MAX_S, DURATION_MIN_S, ORDER_MAX, RAYS_MAX, RAYS_MIN};

use crate::mesh::{Unit, Up};
use crate::output::Target;

/// Most threads that can be asked for.
const THREADS_MAX: i64 = 1024;

/// What stands below the options of `simulate`.
pub(super) const SIMULATE_EXAMPLES: &str = "\
Examples:
  sonalyze simulate room.json --report room.html
  sonalyze simulate room.json --method ism --horizon-s 0.3 --images images.csv
  sonalyze simulate room.json --rir response.wav --plot room.png --seed 7
  sonalyze simulate room.json --quiet --json - | jq '.pairs[0].mid.t30_s'

A room file is what `POST /simulate` of the server takes: `sonalyze room new` makes one, `sonalyze room import` takes \
a mesh. Options replace the fields of the file. The same file, seed and version give the same bytes on any number of \
threads.

Outputs: a file, `-` for the standard output, a folder (ends with `/` or exists), or a pattern with `{stem}`, the \
file's name without folder and ending. The WAV of `--rir` has a channel for each pair, all microphones of the first \
source first; sample 0 is the emission unless the file asks for `pre_samples`.

Ctrl-C stops without writing anything; a second one ends at once.

Exit codes: 0 done, 1 something failed, 2 wrong command line, 3 the file is no room, 4 the room cannot be simulated, \
130 stopped by Ctrl-C.";

/// What stands below the options of `room check`.
pub(super) const CHECK_EXAMPLES: &str = "\
Examples:
  sonalyze room check room.json
  sonalyze room check rooms/*.json --quiet

Every fault is told with its place. Nothing is simulated and nothing is written.

Exit codes: 0 every room can be simulated, 1 a file cannot be read, 2 wrong command line, 3 a file is no room, 4 a \
room has faults.";

/// What stands below the options of `room show`.
pub(super) const SHOW_EXAMPLES: &str = "\
Examples:
  sonalyze room show room.json
  sonalyze room show room.json --plot plan.png
  sonalyze room show room.json --quiet --json - | jq '.volume_m3'

Surfaces with their absorption per octave, places, and the reverberation times that formulas predict.";

/// What stands below the options of `room new`.
pub(super) const NEW_EXAMPLES: &str = "\
Examples:
  sonalyze room new room.json
  sonalyze room new hall.json --dimensions 24,14,9 --walls plaster
  sonalyze room new - --floor carpet_thick --ceiling acoustic_tile

A box with a source and a microphone, to go on from in an editor. x and y lie in the floor, z points upwards, all \
lengths are metres. `sonalyze materials search WORD` finds materials.";

/// What stands below the options of `room import`.
pub(super) const IMPORT_EXAMPLES: &str = "\
Examples:
  sonalyze room import hall.glb hall.json
  sonalyze room import hall.obj hall.json --unit cm --material Wall=plaster
  sonalyze room import hall.obj hall.json --default-material plaster
  sonalyze room import a.obj a.json --source 1,2,1.5 --microphone 8,4,1.2

The mesh has to be closed: every edge belongs to two faces, which may be triangles or planar polygons. Faces take \
their material from its name, if that is an id of the library (case and blanks aside), or from --material and \
--default-material.

glTF is in metres with y upwards by its standard; OBJ says neither, so that metres and y upwards are taken unless \
--unit and --up say otherwise. The room file has metres with x and y in the floor and z upwards: a point (x, y, z) of \
a file with y upwards becomes (x, -z, y), which turns the room and does not mirror it. --source and --microphone are \
given in the coordinates of the room file.

Exit codes: 0 done, 1 something failed, 2 wrong command line or the room file exists, 3 the file is no mesh, 4 the \
mesh is no room that can be simulated.";

/// What stands below the options of `materials list`.
pub(super) const LIST_EXAMPLES: &str = "\
Examples:
  sonalyze materials list
  sonalyze materials list --kind carpet
  sonalyze materials list --json | jq '.[].id'

Absorption coefficients per octave; a material without a source has one number for all.";

/// What stands below the options of `materials search`.
pub(super) const SEARCH_EXAMPLES: &str = "\
Examples:
  sonalyze materials search carpet
  sonalyze materials search plaster board 13mm

A material is found if its id, name or kind has every word.

Exit codes: 0 something was found, 1 nothing was, 2 wrong command line.";

/// What stands below the options of `materials show`.
pub(super) const MATERIAL_EXAMPLES: &str = "\
Examples:
  sonalyze materials show carpet_thick
  sonalyze materials show brickwork_rendered plaster --json";

/// Options of `simulate`.
#[derive(Debug, Args)]
pub(crate) struct SimulateArguments {
    /// Room file, or `-` for the standard input
    #[arg(value_name = "ROOM")]
    pub(crate) room: PathBuf,

    /// How sound is followed
    #[arg(long)]
    pub(crate) method: Option<MethodName>,

    /// Highest order of image sources
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(0..=i64::from(ORDER_MAX)))]
    pub(crate) max_order: Option<u32>,

    /// Image sources are complete up to this time of travel in seconds
    #[arg(long, value_name = "T", value_parser = seconds)]
    pub(crate) horizon_s: Option<f64>,

    /// Sound is followed for this time in seconds after its emission [default: as long as the decay]
    #[arg(long, alias = "duration", value_name = "T", value_parser = seconds)]
    pub(crate) duration_s: Option<f64>,

    /// Rays of each source [default: as many as 1 % of T30 needs]
    #[arg(long, value_name = "N",
        value_parser = clap::value_parser!(u32).range(i64::from(RAYS_MIN)..=i64::from(RAYS_MAX)))]
    pub(crate) rays: Option<u32>,

    /// Chooses every random number
    #[arg(long, value_name = "S")]
    pub(crate) seed: Option<u64>,

    /// Threads that compute [default: one a core]
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..=THREADS_MAX))]
    pub(crate) threads: Option<u32>,

    /// Write the result document
    #[arg(long, value_name = "OUT")]
    pub(crate) json: Option<Target>,

    /// Write all quantities of all pairs as a table
    #[arg(long, value_name = "OUT")]
    pub(crate) csv: Option<Target>,

    /// Write a plot; the ending decides: .svg or .png
    #[arg(long, value_name = "OUT")]
    pub(crate) plot: Option<Target>,

    /// Write a report for reading, one HTML file
    #[arg(long, value_name = "OUT")]
    pub(crate) report: Option<Target>,

    /// Write the impulse responses as 32-bit float WAV, a channel for each pair
    #[arg(long, value_name = "OUT")]
    pub(crate) rir: Option<Target>,

    /// Amplitude of the direct sound in the WAV of --rir
    #[arg(long, default_value = "distance")]
    pub(crate) amplitude: Amplitude,

    /// Write the image sources as a table: place, delay, amplitude per octave, reflections
    #[arg(long, value_name = "OUT")]
    pub(crate) images: Option<Target>,

    /// Write the energies per octave over time as a table
    #[arg(long, value_name = "OUT")]
    pub(crate) histogram: Option<Target>,

    /// Leave the curves out of the document
    #[arg(long)]
    pub(crate) no_curves: bool,

    /// Print no table and no progress, errors only
    #[arg(long, short)]
    pub(crate) quiet: bool,
}

/// How sound is followed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum MethodName {
    /// Image sources alone, to an order or a horizon
    Ism,
    /// Rays alone
    Rays,
    /// Image sources early, the late decay in closed form or from rays
    Hybrid,
}

impl MethodName {
    /// As the room file has it.
    pub(crate) const fn word(self) -> &'static str {
        match self {
            Self::Ism => "ism",
            Self::Rays => "rays",
            Self::Hybrid => "hybrid",
        }
    }
}

/// Amplitude of the direct sound at the distance d.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum Amplitude {
    /// 1 / d
    Distance,
    /// 1 / (4 pi d): the pressure of a source of unit volume acceleration over density
    Pressure,
}

/// Commands of `room`.
#[derive(Debug, Subcommand)]
pub(crate) enum RoomCommand {
    /// Tell whether room files can be simulated, with every fault
    #[command(after_help = CHECK_EXAMPLES)]
    Check(CheckArguments),
    /// Tell what a room file describes: surfaces, places, predicted reverberation times
    #[command(after_help = SHOW_EXAMPLES)]
    Show(ShowRoomArguments),
    /// Make a room file: a box to go on from
    #[command(after_help = NEW_EXAMPLES)]
    New(Box<NewRoomArguments>),
    /// Make a room file from a closed mesh, OBJ or glTF
    #[command(after_help = IMPORT_EXAMPLES)]
    Import(Box<ImportArguments>),
}

/// Options of `room check`.
#[derive(Debug, Args)]
pub(crate) struct CheckArguments {
    /// Room files, or `-` for the standard input
    #[arg(required = true, value_name = "ROOM")]
    pub(crate) rooms: Vec<PathBuf>,

    /// Print faults only
    #[arg(long, short)]
    pub(crate) quiet: bool,
}

/// Options of `room show`.
#[derive(Debug, Args)]
pub(crate) struct ShowRoomArguments {
    /// Room file, or `-` for the standard input
    #[arg(value_name = "ROOM")]
    pub(crate) room: PathBuf,

    /// Draw plan and section; the ending decides: .svg or .png
    #[arg(long, value_name = "OUT")]
    pub(crate) plot: Option<Target>,

    /// Write what is shown as an object
    #[arg(long, value_name = "OUT")]
    pub(crate) json: Option<Target>,

    /// Print no table, errors only
    #[arg(long, short)]
    pub(crate) quiet: bool,
}

/// Options of `room new`.
#[derive(Debug, Args)]
pub(crate) struct NewRoomArguments {
    /// Room file to write, or `-` for the standard output
    #[arg(value_name = "OUT")]
    pub(crate) out: PathBuf,

    /// Lengths along x, y and z in metres, between commas
    #[arg(long, value_name = "X,Y,Z", default_value = "5,4,2.5")]
    pub(crate) dimensions: Point,

    /// Material of the four walls
    #[arg(long, value_name = "ID", default_value = "plaster")]
    pub(crate) walls: String,

    /// Material of the floor
    #[arg(long, value_name = "ID", default_value = "parquet")]
    pub(crate) floor: String,

    /// Material of the ceiling
    #[arg(long, value_name = "ID", default_value = "gypsum_ceiling")]
    pub(crate) ceiling: String,

    /// Replace OUT if it exists
    #[arg(long)]
    pub(crate) force: bool,

    /// Print nothing but errors
    #[arg(long, short)]
    pub(crate) quiet: bool,
}

/// Options of `room import`.
#[derive(Debug, Args)]
pub(crate) struct ImportArguments {
    /// Mesh to read: .obj, .gltf or .glb
    #[arg(value_name = "MESH")]
    pub(crate) mesh: PathBuf,

    /// Room file to write, or `-` for the standard output
    #[arg(value_name = "OUT")]
    pub(crate) out: PathBuf,

    /// Faces with the material NAME are of the library's material ID; may be given again
    #[arg(long, value_name = "NAME=ID")]
    pub(crate) material: Vec<MaterialPair>,

    /// Faces of any other material, or of none, are of this one
    #[arg(long, value_name = "ID")]
    pub(crate) default_material: Option<String>,

    /// Unit of an OBJ file [default: m]
    #[arg(long)]
    pub(crate) unit: Option<Unit>,

    /// Axis of an OBJ file that points upwards [default: y]
    #[arg(long, value_name = "AXIS")]
    pub(crate) up: Option<Up>,

    /// Where the source stands, in metres, z upwards [default: a quarter along the diagonal]
    #[arg(long, value_name = "X,Y,Z", allow_hyphen_values = true)]
    pub(crate) source: Option<Point>,

    /// Where the microphone stands, in metres, z upwards [default: three quarters along the diagonal]
    #[arg(long, value_name = "X,Y,Z", allow_hyphen_values = true)]
    pub(crate) microphone: Option<Point>,

    /// Replace OUT if it exists
    #[arg(long)]
    pub(crate) force: bool,

    /// Print nothing but errors
    #[arg(long, short)]
    pub(crate) quiet: bool,
}

/// Three numbers between commas.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Point(pub(crate) [f64; 3]);

impl FromStr for Point {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let numbers = text.split(',').map(|part| part.trim().parse::<f64>().ok());
        let numbers: Option<Vec<f64>> = numbers.map(|n| n.filter(|n| n.is_finite())).collect();
        numbers
            .and_then(|numbers| numbers.try_into().ok())
            .map(Self)
            .ok_or_else(|| "three numbers between commas are needed, such as 5,4,2.5".to_owned())
    }
}

/// The name of a material in a mesh, and the id in the library that stands for it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct MaterialPair {
    /// Name in the mesh.
    pub(crate) name: String,
    /// Id in the library.
    pub(crate) id: String,
}

impl FromStr for MaterialPair {
    type Err = String;

    /// The last `=` counts: names of meshes may have one, ids have none.
    fn from_str(text: &str) -> Result<Self, String> {
        let pair = text.rsplit_once('=').filter(|(_, id)| !id.is_empty());
        let (name, id) = pair.ok_or("NAME=ID is needed, such as Wall=plaster")?;
        Ok(Self {
            name: name.to_owned(),
            id: id.to_owned(),
        })
    }
}

/// Commands of `materials`.
#[derive(Debug, Subcommand)]
pub(crate) enum MaterialsCommand {
    /// List all materials, or those of a kind
    #[command(after_help = LIST_EXAMPLES)]
    List(ListArguments),
    /// Find materials by words
    #[command(after_help = SEARCH_EXAMPLES)]
    Search(SearchArguments),
    /// Tell all that is known of a material: coefficients, source, mounting
    #[command(after_help = MATERIAL_EXAMPLES)]
    Show(ShowMaterialArguments),
}

/// Options of `materials list`.
#[derive(Debug, Args)]
pub(crate) struct ListArguments {
    /// Only materials of this kind
    #[arg(long)]
    pub(crate) kind: Option<String>,

    /// Print as JSON
    #[arg(long)]
    pub(crate) json: bool,
}

/// Options of `materials search`.
#[derive(Debug, Args)]
pub(crate) struct SearchArguments {
    /// Words that id, name or kind must have
    #[arg(required = true, value_name = "WORD")]
    pub(crate) words: Vec<String>,

    /// Print as JSON
    #[arg(long)]
    pub(crate) json: bool,
}

/// Options of `materials show`.
#[derive(Debug, Args)]
pub(crate) struct ShowMaterialArguments {
    /// Ids of materials
    #[arg(required = true, value_name = "ID")]
    pub(crate) ids: Vec<String>,

    /// Print as JSON
    #[arg(long)]
    pub(crate) json: bool,
}

fn seconds(text: &str) -> Result<f64, String> {
    let allowed = DURATION_MIN_S..=DURATION_MAX_S;
    text.parse()
        .ok()
        .filter(|time_s| allowed.contains(time_s))
        .ok_or_else(|| {
            format!("a number of seconds from {DURATION_MIN_S} to {DURATION_MAX_S} is needed")
        })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_point_is_three_numbers() {
        assert_eq!("5, 4,-2.5".parse(), Ok(Point([5.0, 4.0, -2.5])));
        for wrong in ["5,4", "5,4,x", "1,2,3,4", "1,2,inf", ""] {
            let why = wrong.parse::<Point>().unwrap_err();
            assert!(why.contains("5,4,2.5"), "{wrong}");
        }
    }

    #[test]
    fn the_last_equals_sign_divides() {
        let pair: MaterialPair = "A=B=plaster".parse().unwrap();
        assert_eq!((pair.name.as_str(), pair.id.as_str()), ("A=B", "plaster"));
        assert!("Wall".parse::<MaterialPair>().is_err());
        assert!("Wall=".parse::<MaterialPair>().is_err());
    }

    #[test]
    fn a_horizon_and_a_duration_have_bounds() {
        assert_eq!(seconds("0.3"), Ok(0.3));
        for wrong in ["0", "31", "NaN", "soon"] {
            assert!(
                seconds(wrong).unwrap_err().contains("0.001 to 30"),
                "{wrong}"
            );
        }
    }
}
