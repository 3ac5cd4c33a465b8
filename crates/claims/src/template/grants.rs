//! What rules allow, apart from how they are written: pairs of a table and an action. Rules that are merged, split,
//! repeated or in another order allow the same.

use std::collections::{BTreeMap, BTreeSet};

use crate::{Action, Rule, TableName, Tables};

/// The pairs that some rules allow. No table stands for every table.
pub(super) struct Grants<'a>(BTreeSet<(Option<&'a TableName>, Action)>);

impl<'a> Grants<'a> {
    pub(super) fn of(rules: &'a [Rule]) -> Self {
        let pairs = rules.iter().flat_map(|rule| {
            let tables = match rule.tables() {
                Tables::All => vec![None],
                Tables::Named(names) => names.iter().map(Some).collect(),
            };
            tables.into_iter().flat_map(|table| rule.actions().iter().map(move |action| (table, *action)))
        });
        Self(pairs.collect())
    }

    /// What these allow and the others don't, as one rule for each table.
    pub(super) fn beyond(&self, others: &Grants<'_>) -> Vec<Rule> {
        let mut by_table = BTreeMap::<_, Vec<Action>>::new();
        for (table, action) in self.0.iter().filter(|(table, action)| !others.allow(*table, *action)) {
            by_table.entry(*table).or_default().push(*action);
        }
        let rule = |(table, actions): (Option<&TableName>, Vec<Action>)| {
            let tables = table.map_or(Tables::All, |name| Tables::Named(BTreeSet::from([name.clone()])));
            Rule::new(tables, actions)
        };
        by_table.into_iter().filter_map(rule).collect()
    }

    fn allow(&self, table: Option<&TableName>, action: Action) -> bool {
        self.0.contains(&(None, action)) || self.0.contains(&(table, action))
    }
}
