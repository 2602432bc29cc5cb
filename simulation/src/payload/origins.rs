//! Where the parts of a converted request stood in the body, so that a fault names what the caller wrote.

use contract::problem::Fault;
use serde_json::Value;

/// Ways in the plain form with those in the body.
#[derive(Debug, Default)]
pub(crate) struct Origins(Vec<(Vec<Value>, Vec<Value>)>);

impl Origins {
    /// What stands below `plain` came from `body`, whose inside is of another form.
    pub(super) fn note(&mut self, plain: Vec<Value>, body: Vec<Value>) {
        self.0.push((plain, body));
    }

    /// Faults with the places of the body.
    pub(crate) fn translate(&self, faults: Vec<Fault>) -> Vec<Fault> {
        faults.into_iter().map(|fault| self.fault(fault)).collect()
    }

    fn fault(&self, fault: Fault) -> Fault {
        let above = |(plain, _): &&(Vec<Value>, Vec<Value>)| fault.loc.starts_with(plain);
        let nearest = self
            .0
            .iter()
            .filter(above)
            .max_by_key(|(plain, _)| plain.len());
        match nearest {
            Some((_, body)) => Fault {
                loc: body.clone(),
                ..fault
            },
            None => fault,
        }
    }
}
