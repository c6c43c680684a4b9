//! The table: what was measured, its limit, and whether it was kept.

use std::fmt::Write as _;

/// What a row counts in.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Unit {
    Count,
    Seconds,
    Milliseconds,
    Mebibytes,
    Ratio,
    Hours,
}

#[derive(Clone, Copy)]
enum Limit {
    None,
    /// Does not depend on how busy the machine is: over it is a failure.
    Fixed(f64),
    /// A time: over it is marked.
    Timed(f64),
}

/// One thing measured several times.
pub(crate) struct Row {
    what: String,
    unit: Unit,
    values: Vec<f64>,
    limit: Limit,
}

impl Row {
    pub(crate) fn new(what: &str, unit: Unit, mut values: Vec<f64>) -> Self {
        values.sort_by(f64::total_cmp);
        Self { what: what.to_owned(), unit, values, limit: Limit::None }
    }

    /// Sets a limit that every run must keep.
    pub(crate) fn at_most(self, limit: f64) -> Self {
        Self { limit: Limit::Fixed(limit), ..self }
    }

    /// Sets a limit that the median should keep.
    pub(crate) fn about(self, limit: f64) -> Self {
        Self { limit: Limit::Timed(limit), ..self }
    }

    /// Whether a limit is passed that a busy machine cannot excuse.
    pub(crate) fn is_broken(&self) -> bool {
        matches!(self.limit, Limit::Fixed(limit) if self.most() > limit)
    }

    fn most(&self) -> f64 {
        self.values.last().copied().unwrap_or_default()
    }

    fn cells(&self) -> [String; 7] {
        let median = median(&self.values);
        let shown = |value: f64| match self.unit {
            Unit::Count => format!("{value:.0}"),
            Unit::Seconds => format!("{value:.3} s"),
            Unit::Milliseconds => format!("{value:.1} ms"),
            Unit::Mebibytes => format!("{value:.1} MiB"),
            Unit::Ratio => format!("{value:.3}"),
            Unit::Hours => format!("{value:.1} h"),
        };
        let (limit, used, verdict) = match self.limit {
            Limit::None => (None, 0.0, ""),
            Limit::Fixed(limit) if self.is_broken() => (Some(limit), self.most(), "BROKEN"),
            Limit::Fixed(limit) => (Some(limit), self.most(), "ok"),
            Limit::Timed(limit) if median > limit => (Some(limit), median, "slow"),
            Limit::Timed(limit) => (Some(limit), median, "ok"),
        };
        let of_limit = limit.filter(|limit| *limit > 0.0).map(|limit| format!("{:.2}", used / limit));
        [
            self.what.clone(),
            shown(median),
            shown(self.values.first().copied().unwrap_or_default()),
            shown(self.most()),
            limit.map(shown).unwrap_or_default(),
            of_limit.unwrap_or_default(),
            verdict.to_owned(),
        ]
    }
}

/// Returns the middle of some values; of an even number the upper one.
pub(crate) fn median(values: &[f64]) -> f64 {
    let mut values = values.to_vec();
    values.sort_by(f64::total_cmp);
    values.get(values.len() / 2).copied().unwrap_or_default()
}

/// Aligns rows under their heads.
pub(crate) fn table(rows: &[Row]) -> String {
    let head = ["what", "median", "min", "max", "limit", "÷ limit", ""].map(str::to_owned);
    let lines: Vec<[String; 7]> = std::iter::once(head).chain(rows.iter().map(Row::cells)).collect();
    let width =
        |column: usize| lines.iter().map(|line| line[column].chars().count()).max().unwrap_or_default();
    let mut text = String::new();
    for [what, numbers @ .., verdict] in &lines {
        let mut line = format!("{what:<0$}", width(0));
        for (at, number) in numbers.iter().enumerate() {
            let _ = write!(line, "  {number:>0$}", width(at + 1));
        }
        let _ = writeln!(text, "{}", format!("{line}  {verdict}").trim_end());
    }
    text
}
