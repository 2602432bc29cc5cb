//! The words of the report with the clause that defines them.

use crate::markup::{Markup, attributes};
use crate::words::{self, Term};

/// Writes the glossary, folded on a screen.
pub(super) fn write(main: &mut Markup) {
    main.nest("details", &[], |details| {
        details.element("summary", &[], "What the quantities mean");
        details.nest("dl", &attributes! {"class" => "glossary"}, |list| {
            for term in words::GLOSSARY {
                list.element("dt", &[], term.symbol);
                list.nest("dd", &[], |dd| meaning(dd, term));
            }
        });
    });
}

fn meaning(dd: &mut Markup, term: Term) {
    dd.text(term.meaning);
    let source = format!(" ({})", term.source);
    dd.element("span", &attributes! {"class" => "remark"}, &source);
}
