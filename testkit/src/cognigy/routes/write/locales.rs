//! Locales (dossier §2.2).

use super::body::{Body, Fields, Is, set};
use super::{Desk, Done, nothing};
use crate::cognigy::serve::ask::Reply;

/// As many as a project may have (§1.8).
const MOST: usize = 10;

const LOCALE: &Fields = &[
    ("name", Is::Name),
    ("nluLanguage", Is::Text),
    ("fallbackLocaleReference", Is::Maybe),
    ("referenceId", Is::ReferenceId),
];

impl Desk<'_> {
    pub(super) fn locales(&mut self, path: &[&str]) -> Done {
        match (self.ask.method.as_str(), path) {
            ("POST", []) => self.create_locale(),
            ("PATCH", [id]) => self.patch_locale(id),
            ("DELETE", [id]) => self.delete_locale(id),
            (_, [id, "yesnointents", rest @ ..]) => self.yes_no(id, rest),
            _ => Err(self.unknown()),
        }
    }

    fn create_locale(&mut self) -> Done {
        let mut body = self.scoped(LOCALE)?;
        body.needs(&["name", "nluLanguage"])?;
        if self.project.locales.len() >= MOST {
            return Err(Reply::invalid("A project cannot have more than 10 locales"));
        }
        self.check_fallback(&body, None)?;
        self.free("locales", body.text("name"), self.project.locales.iter().map(|l| &*l.name))?;
        let name = body.take_text("name").unwrap_or_default();
        let language = body.take_text("nluLanguage").unwrap_or_default();
        let id = self.project.create_locale(&name, &language, |locale| {
            if let Some(fallback) = body.take_text("fallbackLocaleReference") {
                locale.fallback = Some(fallback);
            }
            set(&mut locale.reference_id, body.take_text("referenceId"));
        });
        self.created(|view| view.locale(&id))
    }

    /// The fallback must be said again with every change, by the vendor's type; the primary locale's is null.
    fn patch_locale(&mut self, id: &str) -> Done {
        let primary = self.is_primary(id)?;
        let mut body = self.body(LOCALE)?;
        body.needs(&["fallbackLocaleReference"])?;
        if primary == body.text("fallbackLocaleReference").is_some() {
            return Err(Reply::invalid("The primary locale has no fallback, and every other one has"));
        }
        self.check_fallback(&body, Some(id))?;
        let others = self.project.locales.iter().filter(|l| l.meta.id != id);
        self.free("locales", body.text("name"), others.map(|l| &*l.name))?;
        self.project.edit_locale(id, |locale| {
            set(&mut locale.name, body.take_text("name"));
            set(&mut locale.nlu_language, body.take_text("nluLanguage"));
            locale.fallback = body.take_text("fallbackLocaleReference");
        });
        nothing()
    }

    fn delete_locale(&mut self, id: &str) -> Done {
        if self.is_primary(id)? {
            return Err(Reply::invalid("The primary locale cannot be deleted"));
        }
        self.project.delete_locale(id);
        nothing()
    }

    /// Whether a locale is the primary one.
    fn is_primary(&self, id: &str) -> Result<bool, Reply> {
        let found = self.project.locales.iter().find(|l| l.meta.id == id);
        found.map(|l| l.primary).ok_or_else(|| Reply::missing("The locale"))
    }

    /// A fallback must be there, and must not lead back to the locale itself.
    fn check_fallback(&self, body: &Body, own: Option<&str>) -> Result<(), Reply> {
        let field = "fallbackLocaleReference";
        let mut here = body.text(field);
        if let Some(id) = here {
            self.known_locale(field, id)?;
        }
        for _ in 0..=MOST {
            if here.is_some() && here == own {
                return Err(Reply::invalid("\"fallbackLocaleReference\" leads back to the locale itself"));
            }
            here = here
                .and_then(|id| self.project.locales.iter().find(|l| l.meta.id == id)?.fallback.as_deref());
        }
        Ok(())
    }
}
