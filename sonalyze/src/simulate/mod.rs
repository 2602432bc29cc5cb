//! `sonalyze simulate`: a room file in; responses, documents, tables and plots out.
//!
//! The file is the request of `POST /simulate`, and the document is the one that the service would store; what the
//! command adds is where results go, what is seen meanwhile, and that Ctrl-C stops it.

mod follow;
mod histogram;
mod images;
mod overrides;
mod places;
mod responses;

use contract::simulation::SimulationDocument;
use report::plot::RoomSketch;
use room_simulation::{Simulation, Stopped};
use simulation::document::document;
use simulation::request::Request;

use self::follow::Follower;
use self::places::Places;
use crate::cli::SimulateArguments;
use crate::exit::{Exit, Failure};
use crate::plan::PlotFormat;
use crate::rooms::file::RoomFile;
use crate::rooms::sketch;
use crate::{json, png, terminal};

/// Runs the command.
///
/// # Errors
/// A file that is no room, a room with faults, Ctrl-C, an output that cannot be written.
pub(crate) fn run(arguments: &SimulateArguments) -> Result<Exit, Failure> {
    let places = Places::new(arguments)?;
    let mut file = RoomFile::read(&arguments.room)?;
    overrides::apply(arguments, &mut file.body);
    let request = file.request()?;
    let follower = Follower::new(arguments.quiet)?;
    let simulated = with_threads(arguments.threads, || {
        let found = room_simulation::simulate(&request.scene, &request.plan, &follower)?;
        let document = document(&request, &found, !arguments.no_curves);
        follower.go_on()?;
        Ok((found, document))
    })?;
    let (found, document) = simulated.map_err(|Stopped| interrupted())?;
    let results = Results {
        file: &file,
        request: &request,
        found: &found,
        document: &document,
    };
    results.write(arguments, &places, &follower)?;
    follower.finish();
    if !arguments.quiet {
        let text = terminal::simulation(&file.name, &document);
        terminal::show(&text, places.use_stdout())?;
    }
    Ok(Exit::Done)
}

fn interrupted() -> Failure {
    Failure::interrupted("stopped by Ctrl-C; nothing was written")
}

/// Computes in a pool of so many threads, or in the one of all cores.
fn with_threads<T: Send>(
    threads: Option<u32>,
    work: impl FnOnce() -> T + Send,
) -> Result<T, Failure> {
    let Some(threads) = threads.and_then(|count| usize::try_from(count).ok()) else {
        return Ok(work());
    };
    let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build();
    let pool = pool.map_err(|error| {
        Failure::failed(format!("the system gives no {threads} threads: {error}"))
    })?;
    Ok(pool.install(work))
}

/// Everything that outputs are made from.
struct Results<'a> {
    file: &'a RoomFile,
    request: &'a Request,
    found: &'a Simulation,
    document: &'a SimulationDocument,
}

impl Results<'_> {
    /// Makes every output, and writes none before all are made.
    fn write(
        &self,
        arguments: &SimulateArguments,
        places: &Places,
        follower: &Follower,
    ) -> Result<(), Failure> {
        let mut made = Vec::new();
        if let Some(place) = &places.json {
            made.push((place, json::encode(self.document, place)?));
        }
        if let Some(place) = &places.csv {
            made.push((place, report::csv_simulation(self.document).into_bytes()));
        }
        let room: RoomSketch = sketch::of(self.request);
        if let Some((place, format)) = &places.plot {
            made.push((place, self.plot(&room, *format)?));
        }
        if let Some(place) = &places.report {
            let page = report::html_simulation(self.document, &self.file.name, Some(&room));
            made.push((place, page.into_bytes()));
        }
        if let Some(place) = &places.rir {
            made.push((place, responses::wav(self.found, arguments.amplitude)?));
        }
        if let Some(place) = &places.images {
            let listed = images::csv(self.request, self.found, self.document, follower)?;
            made.push((place, listed.into_bytes()));
        }
        if let Some(place) = &places.histogram {
            made.push((
                place,
                histogram::csv(self.found, self.document).into_bytes(),
            ));
        }
        follower.go_on().map_err(|Stopped| interrupted())?;
        made.iter()
            .try_for_each(|(place, bytes)| place.write(bytes))
    }

    fn plot(&self, room: &RoomSketch, format: PlotFormat) -> Result<Vec<u8>, Failure> {
        let svg = report::plot::simulation(self.document, &self.file.name, Some(room));
        match format {
            PlotFormat::Svg => Ok(svg.into_bytes()),
            PlotFormat::Png => png::render(&svg)
                .map_err(|error| Failure::failed(format!("cannot draw the plot: {error}"))),
        }
    }
}
