//! `sonalyze room show`: what a room file describes, before any sound is made.

use report::format;
use room_metrics::Quantity;
use room_simulation::{DrawnFace, Material, Predictions, Shape, Statistics};
use serde_json::{Value, json};
use simulation::request::Request;

use super::file::RoomFile;
use super::sketch;
use crate::cli::ShowRoomArguments;
use crate::exit::{Exit, Failure};
use crate::output::{Destination, check_distinct, stem};
use crate::plan::{PlotFormat, plot_format};
use crate::terminal::{self, Cell, Grid, QUIET, TITLE};
use crate::{json, png};

/// Faces that are listed, the largest; a mesh may have thousands.
const FACES_MAX: usize = 40;

/// Runs the command.
///
/// # Errors
/// A file that cannot be read, a room with faults, an output that cannot be written.
pub(crate) fn run(arguments: &ShowRoomArguments) -> Result<Exit, Failure> {
    let stem = stem(&arguments.room);
    let plot = arguments.plot.as_ref();
    let format = plot.map(plot_format).transpose()?;
    let plot = plot
        .zip(format)
        .map(|(target, f)| (target.of(&stem, f.ending()), f));
    let json_place = arguments
        .json
        .as_ref()
        .map(|target| target.of(&stem, "json"));
    let places: Vec<Destination> = plot
        .iter()
        .map(|(p, _)| p.clone())
        .chain(json_place.clone())
        .collect();
    check_distinct(&places)?;
    let file = RoomFile::read(&arguments.room)?;
    let request = file.request()?;
    let statistics = Statistics::of(&request.scene);
    if let Some((place, kind)) = &plot {
        place.write(&drawn(&request, *kind)?)?;
    }
    if let Some(place) = &json_place {
        place.write(&json::encode(&facts(&request, &statistics), place)?)?;
    }
    if !arguments.quiet {
        let text = whole(&file, &request, &statistics);
        terminal::show(&text, places.contains(&Destination::Stdout))?;
    }
    Ok(Exit::Done)
}

fn drawn(request: &Request, format: PlotFormat) -> Result<Vec<u8>, Failure> {
    let svg = report::plot::sketch(&sketch::of(request))
        .ok_or_else(|| Failure::failed("the room has no size that could be drawn"))?;
    match format {
        PlotFormat::Svg => Ok(svg.into_bytes()),
        PlotFormat::Png => png::render(&svg)
            .map_err(|error| Failure::failed(format!("cannot draw the plot: {error}"))),
    }
}

/// What a room is, in a line.
pub(super) fn described(request: &Request) -> String {
    let scene = &request.scene;
    let faces = scene.drawn();
    let own = faces.iter().filter(|f| !f.is_furniture).count();
    let pieces = faces.len() - own;
    let shape = match scene.shape() {
        Shape::Shoebox(shoebox) => {
            let [x, y, z] = shoebox.size_m.to_array().map(format::plain);
            format!("a box of {x} x {y} x {z} m")
        }
        Shape::Polyhedron(_) if pieces > 0 => format!("{own} faces and {pieces} of furniture"),
        Shape::Polyhedron(_) => format!("{own} faces"),
    };
    format!(
        "{shape}, {} m³, {}, {}",
        format::level_db(scene.volume_m3()),
        counted(request.options.source_ids.len(), "source"),
        counted(request.options.microphone_ids.len(), "microphone"),
    )
}

fn counted(count: usize, noun: &str) -> String {
    if count == 1 {
        format!("1 {noun}")
    } else {
        format!("{count} {noun}s")
    }
}

/// What the reader has to know of how the file was read.
pub(super) fn warnings(request: &Request) -> String {
    request.warnings.iter().map(terminal::caution).collect()
}

fn whole(file: &RoomFile, request: &Request, statistics: &Statistics) -> String {
    let surface = format::level_db(statistics.surface_m2);
    let path = format::time_s(statistics.mean_free_path_m);
    let mut text = format!(
        "{TITLE}{}{TITLE:#}  {QUIET}{}{QUIET:#}\n{surface} m² of surface, mean free path {path} m{}\n\n",
        file.name,
        described(request),
        schroeder(request, statistics)
    );
    text.push_str(&surfaces(request));
    text.push('\n');
    text.push_str(&points(request));
    text.push('\n');
    text.push_str(&formulas(request, statistics));
    text.push_str(&warnings(request));
    text
}

/// Above which frequency geometry is enough, as far as Eyring's formula knows the decay.
fn schroeder(request: &Request, statistics: &Statistics) -> String {
    let octaves = request.scene.octaves();
    let middle = octaves.iter().filter(|p| {
        let hz = octaves.band(*p).nominal_hz();
        (499.0..=1001.0).contains(&hz)
    });
    let times: Vec<f64> = middle
        .filter_map(|place| statistics.predictions.get(place)?.eyring_s.ok())
        .collect();
    if times.is_empty() {
        return String::new();
    }
    let mean = times.iter().sum::<f64>() / times.len() as f64;
    let hz = format::time_ms(statistics.schroeder_hz(mean));
    format!(", standing waves below about {hz} Hz")
}

fn nominal(request: &Request) -> Vec<String> {
    let octaves = request.scene.octaves();
    let tick = |place| format::frequency_tick(octaves.band(place).nominal_hz());
    octaves.iter().map(tick).collect()
}

/// Faces with area and absorption, patches below the face they lie on.
fn surfaces(request: &Request) -> String {
    let octaves = nominal(request);
    let heads = [("surface", ""), ("area", "m²")].into_iter();
    let heads = heads.chain(octaves.iter().map(|hz| (hz.as_str(), "α")));
    let mut grid = Grid::new(heads);
    let mut faces = request.scene.drawn();
    let left_out = faces.len().saturating_sub(FACES_MAX);
    if left_out > 0 {
        faces.sort_by(|a, b| b.area_m2.total_cmp(&a.area_m2));
    }
    for face in faces.iter().take(FACES_MAX) {
        grid.row(surface(&face.name, face.area_m2, &face.material).into_iter());
        for (name, area_m2, material) in &face.patches {
            grid.row(surface(&format!("  {name}"), *area_m2, material).into_iter());
        }
    }
    let rest = if left_out > 0 {
        format!("The {FACES_MAX} largest; {left_out} more.\n")
    } else {
        String::new()
    };
    format!("{grid}{rest}")
}

fn surface(name: &str, area_m2: f64, material: &Material) -> Vec<Cell> {
    let values = material.absorption().values().iter();
    [Cell::plain(name), Cell::plain(format::time_s(area_m2))]
        .into_iter()
        .chain(values.map(|alpha| Cell::plain(format::ratio(*alpha))))
        .collect()
}

fn points(request: &Request) -> String {
    let mut grid = Grid::new([("place", ""), ("x", "m"), ("y", "m"), ("z", "m")].into_iter());
    let options = &request.options;
    let sources = options.source_ids.iter().map(|id| format!("source {id}"));
    let sources = sources.zip(request.scene.source_positions_m());
    let receivers = options
        .microphone_ids
        .iter()
        .map(|id| format!("microphone {id}"));
    let receivers = receivers.zip(request.scene.receiver_positions_m());
    for (name, place) in sources.chain(receivers) {
        let numbers = place.map(|x| Cell::plain(format::time_s(x)));
        grid.row(std::iter::once(Cell::plain(name)).chain(numbers));
    }
    grid.to_string()
}

/// A formula's name and value.
type Formula = (&'static str, fn(&Predictions) -> Quantity);

const FORMULAS: [Formula; 6] = [
    ("Sabine", |p| p.sabine_s),
    ("Eyring", |p| p.eyring_s),
    ("Millington", |p| p.millington_s),
    ("Fitzroy", |p| p.fitzroy_s),
    ("Arau-P.", |p| p.arau_puchades_s),
    ("Kuttruff", |p| p.kuttruff_s),
];

/// Reverberation times that formulas predict.
fn formulas(request: &Request, statistics: &Statistics) -> String {
    let heads = FORMULAS.iter().map(|(name, _)| (*name, "s"));
    let mut grid = Grid::new([("octave", ""), ("mean α", "")].into_iter().chain(heads));
    let octaves = request.scene.octaves();
    for (place, predictions) in statistics.predictions.iter().enumerate() {
        let hz = format::frequency_hz(octaves.band(place).nominal_hz());
        let times = FORMULAS.iter().map(|(_, value)| match value(predictions) {
            Ok(time_s) => Cell::plain(format::time_s(time_s)),
            Err(_) => Cell::styled(format::MISSING, QUIET),
        });
        let mean = Cell::plain(format::ratio(statistics.mean_absorption[place]));
        grid.row([Cell::plain(hz), mean].into_iter().chain(times));
    }
    grid.to_string()
}

/// The same as an object for programs.
fn facts(request: &Request, statistics: &Statistics) -> Value {
    let octaves = request.scene.octaves();
    let hz: Vec<f64> = octaves
        .iter()
        .map(|p| octaves.band(p).nominal_hz())
        .collect();
    let face = |f: &DrawnFace| {
        let patches = f.patches.iter().map(|(name, area_m2, material)| {
            json!({"name": name, "area_m2": area_m2, "absorption": material.absorption().values(),
                "scattering": material.scattering().values()})
        });
        json!({"name": f.name, "area_m2": f.area_m2, "is_furniture": f.is_furniture,
            "absorption": f.material.absorption().values(), "scattering": f.material.scattering().values(),
            "patches": patches.collect::<Vec<_>>()})
    };
    let point = |(id, place): (&String, [f64; 3])| json!({"id": id, "position_m": place});
    let options = &request.options;
    let sources = options
        .source_ids
        .iter()
        .zip(request.scene.source_positions_m());
    let receivers = options
        .microphone_ids
        .iter()
        .zip(request.scene.receiver_positions_m());
    let predicted = |(name, value): &Formula| {
        let times = statistics.predictions.iter().map(|p| value(p).ok());
        (
            format!("{}_s", name.to_lowercase().replace("-p.", "_puchades")),
            json!(times.collect::<Vec<_>>()),
        )
    };
    json!({
        "volume_m3": request.scene.volume_m3(),
        "surface_m2": statistics.surface_m2,
        "mean_free_path_m": statistics.mean_free_path_m,
        "bands_hz": hz,
        "mean_absorption": statistics.mean_absorption.values(),
        "predictions": FORMULAS.iter().map(predicted).collect::<serde_json::Map<_, _>>(),
        "faces": request.scene.drawn().iter().map(face).collect::<Vec<_>>(),
        "sources": sources.map(point).collect::<Vec<_>>(),
        "microphones": receivers.map(point).collect::<Vec<_>>(),
        "warnings": request.warnings,
    })
}
