//! Figures side by side.

use std::fmt;

/// Rows of a label, a cell for each column, and a note.
pub(crate) struct Table {
    rows: Vec<Row>,
}

struct Row {
    label: String,
    cells: Vec<String>,
    note: String,
}

impl Table {
    /// A table whose first row names the columns.
    pub(crate) fn new(columns: impl IntoIterator<Item = impl Into<String>>) -> Self {
        let mut table = Self { rows: Vec::new() };
        table.row("", columns, "");
        table
    }

    /// Adds a row. A row without cells is a heading.
    pub(crate) fn row(
        &mut self,
        label: &str,
        cells: impl IntoIterator<Item = impl Into<String>>,
        note: impl Into<String>,
    ) {
        let cells = cells.into_iter().map(Into::into).collect();
        self.rows.push(Row { label: label.to_owned(), cells, note: note.into() });
    }
}

impl fmt::Display for Table {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let label = self.rows.iter().filter(|row| !row.cells.is_empty()).map(|row| row.label.chars().count()).max();
        let cells = self.rows.iter().flat_map(|row| &row.cells).map(|cell| cell.chars().count()).max().unwrap_or(0);
        for (number, row) in self.rows.iter().enumerate() {
            let mut line = format!("{:<width$}", row.label, width = label.unwrap_or(0));
            row.cells.iter().for_each(|cell| line += &format!("  {cell:>cells$}"));
            if !row.note.is_empty() {
                line += &format!("  {}", row.note);
            }
            write!(f, "{}{}", if number == 0 { "" } else { "\n" }, line.trim_end())?;
        }
        Ok(())
    }
}

/// A count with its thousands apart.
pub(crate) fn grouped(count: u64) -> String {
    let digits = count.to_string();
    let mut text = String::new();
    for (at, digit) in digits.chars().enumerate() {
        if at > 0 && (digits.len() - at).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn thousands_stand_apart() {
        assert_eq!([0, 999, 1_000, 1_234_567].map(grouped), ["0", "999", "1,000", "1,234,567"]);
    }

    #[test]
    fn columns_line_up_and_headings_do_not_widen_them() {
        let mut table = Table::new(["a", "b"]);
        table.row("a heading that is long", [""; 0], "");
        table.row("one", ["1", "22"], "must be 0");
        assert_eq!(table.to_string(), "      a   b\na heading that is long\none   1  22  must be 0");
    }
}
