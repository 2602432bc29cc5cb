//! The report as one HTML file: style and plots inside, no script, nothing loaded from elsewhere.
//!
//! The order is that of a reader's questions: what is the result, can it be trusted and what should
//! be done, what was measured, how does it look, which numbers, what do the words mean. It is
//! written as well-formed XML too, so that tests can read it.

mod facts;
mod figures;
mod glossary;
mod positions;
mod simulation;
mod speech;
mod tables;
mod verdict;

use contract::analysis::{AnalysisDocument, Engine, Outcome};
use contract::simulation::SimulationDocument;
use contract::summary::SummaryDocument;

use crate::markup::{Markup, attributes};
use crate::plot::RoomSketch;
use crate::words;

/// The style of every page: light, dark, narrow, and on paper.
const STYLE: &str = include_str!("style.css");

/// The report on one recording or impulse response.
pub fn html(document: &AnalysisDocument) -> String {
    let title = format!("Room-acoustic measurement: {}", document.input.file);
    page(&title, |main| {
        heading(main, "Room-acoustic measurement: ", &document.input.file);
        main.element(
            "p",
            &attributes! {"class" => "headline"},
            &headline(document),
        );
        verdict::write(main, document);
        figures::write(main, document);
        tables::write(main, document.into());
        speech::write(main, document.into());
        facts::write(main, document);
        if document.outcome == Outcome::Ok {
            glossary::write(main);
        }
        footer(main, &document.engine);
    })
}

/// The report on several positions of one room; `documents` are the analyses that `summary` was made
/// from.
pub fn html_summary(summary: &SummaryDocument, documents: &[AnalysisDocument]) -> String {
    page("Room-acoustic measurement: several positions", |main| {
        main.element("h1", &[], "Room-acoustic measurement: several positions");
        positions::write(main, summary, documents);
        glossary::write(main);
        footer(main, &summary.engine);
    })
}

/// The report on a simulated room; `name` is that of its file.
pub fn html_simulation(
    document: &SimulationDocument,
    name: &str,
    room: Option<&RoomSketch>,
) -> String {
    page(&format!("Simulated room: {name}"), |main| {
        heading(main, "Simulated room: ", name);
        simulation::write(main, document, room);
        glossary::write(main);
        simulation::footer(main, &document.engine);
    })
}

fn page(title: &str, content: impl FnOnce(&mut Markup)) -> String {
    let mut markup = Markup::new();
    markup.nest("html", &attributes! {"lang" => "en"}, |html| {
        html.nest("head", &[], |head| {
            head.leaf("meta", &attributes! {"charset" => "utf-8"});
            let viewport = "width=device-width, initial-scale=1";
            head.leaf(
                "meta",
                &attributes! {"name" => "viewport", "content" => viewport},
            );
            head.element("title", &[], title);
            head.style(STYLE);
        });
        html.nest("body", &[], |body| body.nest("main", &[], content));
    });
    format!("<!DOCTYPE html>\n{}\n", markup.into_string())
}

/// The result in a line; of a failure only that it is one, since the box below says why.
fn headline(document: &AnalysisDocument) -> String {
    match document.outcome {
        Outcome::Ok => words::headline(document),
        Outcome::Failed => "The recording could not be evaluated".to_owned(),
    }
}

/// The heading with a file's name, which is kept apart from the direction of the text around it.
fn heading(main: &mut Markup, words: &str, file: &str) {
    main.nest("h1", &[], |h1| {
        h1.text(words);
        h1.element("bdi", &[], file);
    });
}

fn footer(main: &mut Markup, engine: &Engine) {
    let words = format!(
        "{} {}. Quantities after ISO 3382-1:2009, ISO 3382-2:2008 and IEC 60268-16:2020 as far as the \
         glossary names them; a microphone without calibration gives no sound pressure levels.",
        engine.name, engine.version
    );
    main.element("footer", &[], &words);
}
