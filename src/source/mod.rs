//! Where content comes from. A source reads everything that is selected and hands it over, resource by resource, as
//! soon as each is whole; it keeps nothing and writes nothing.

pub mod cognigy;
