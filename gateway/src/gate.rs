//! What every request and every socket of a gateway shares.

use std::sync::Arc;

use chassis::shutdown::Shutdown;
use chassis::token::Token;

use crate::forward::Services;
use crate::hub::Hub;
use crate::limits::Limits;

/// The shared state.
#[derive(Debug)]
pub(crate) struct Gate {
    pub(crate) services: Services,
    pub(crate) hub: Arc<Hub>,
    pub(crate) limits: Limits,
    pub(crate) token: Option<Token>,
    pub(crate) public_url: Option<String>,
    pub(crate) shutdown: Shutdown,
}
