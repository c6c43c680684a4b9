//! The second reading of what is asked for this once: pins, simulations, and what the mode does not look at.

use super::inputs::Input;
use super::mode::Mode;
use super::problem::{At, Fault, Origin, choice, quoted};
use super::reading::Reading;
use super::settings::{Days, PinSettings};
use super::values;

impl Reading<'_> {
    /// Returns the pin that is asked for. To take one away, its label must be given twice.
    pub(super) fn pin(&mut self, mode: Option<Mode>) -> Option<PinSettings> {
        let label = match mode {
            Some(Mode::Pin | Mode::Unpin) => self.required(Input::Pin, |_| None, values::pin_label),
            _ => self.value(Input::Pin, |_| None, values::pin_label),
        };
        let reason = self.value(Input::Reason, |_| None, |text| Ok(text.to_owned()));
        let expires = self.value(Input::Expires, |_| None, values::expiry);
        if mode == Some(Mode::Unpin)
            && let Some(label) = &label
        {
            let allowed = format!("`{label}`, the pin that is to be taken away, once more");
            let same = |text: &str| match text == label.as_str() {
                true => Ok(()),
                false => Err(Fault::new(quoted(text), allowed.clone())),
            };
            self.required(Input::Confirm, |_| None, same);
        }
        if label.is_none() && (reason.is_some() || expires.is_some()) && mode != Some(Mode::Pin) {
            self.required(Input::Pin, |_| None, values::pin_label);
        }
        label.map(|label| PinSettings { label, reason: reason.unwrap_or_default(), expires })
    }

    /// Returns the days that are to be simulated.
    pub(super) fn simulated(&mut self) -> Option<Days> {
        let days = self.value(Input::Days, |_| None, |text| values::whole(text, 1..=3_660));
        let changes = self.value(Input::ChangesPerDay, |_| None, |text| values::whole(text, 1..=288));
        days.map(|days| Days { days, changes_per_day: changes.unwrap_or(values::CHANGES_PER_DAY) })
    }

    /// Refuses what was given for this run and the mode does not look at: somebody thinks that it does something.
    pub(super) fn unused(&mut self, mode: Option<Mode>) {
        let Some(mode) = mode else { return };
        for input in Input::ALL {
            let Some((_, at)) = self.inputs.text(input) else { continue };
            let is_meant = matches!(at, At::Given(_, Origin::Flag | Origin::Input));
            let Some(modes) = input.modes().filter(|modes| is_meant && !modes.contains(&mode)) else {
                continue;
            };
            let allowed =
                format!("nothing: only {} looks at it", choice(modes.iter().map(|mode| mode.name())));
            self.problems.push(Fault::new(format!("a value in mode `{mode}`"), allowed).at(at));
        }
    }
}
