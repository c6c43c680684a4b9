//! Locales as the API writes them (dossier §2.2).

use crate::cognigy::project::audit::Deed;
use crate::cognigy::project::{Locale, Project};

impl Project {
    /// Makes a locale and gives its `_id`.
    pub(crate) fn create_locale(
        &mut self,
        name: &str,
        language: &str,
        fill: impl FnOnce(&mut Locale),
    ) -> String {
        let id = self.add_locale(name, language);
        fill(self.locales.last_mut().expect("just added"));
        id
    }

    /// Removes a locale with all that was localised in it; what falls back or leads to it does so still.
    pub(crate) fn delete_locale(&mut self, id: &str) {
        self.locales.retain(|l| l.meta.id != id);
        self.flows.iter_mut().for_each(|flow| flow.lose(id));
        self.ids.tick();
        self.record(Deed::delete("locale", id));
    }
}
