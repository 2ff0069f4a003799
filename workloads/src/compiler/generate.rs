//! Programs of any length.

use std::fmt::Write;

use crate::roguelike::Rng;

/// A program of `functions` functions, the same for the same seed. It compiles, and ends.
pub fn generate(seed: u64, functions: u32) -> String {
    let mut rng = Rng::new(seed);
    let mut source = String::from("// Generated.\n");
    for number in 0..functions {
        function(&mut source, &mut rng, number);
    }
    source.push_str("fn main(): int {\n    let sum = 0;\n");
    for number in (0..functions).step_by(2) {
        writeln!(source, "    sum = sum + f{number}({}, \"main\", 2);", rng.below(100)).expect("a String takes all");
    }
    source.push_str("    return sum;\n}\n");
    source
}

fn function(source: &mut String, rng: &mut Rng, number: u32) {
    let mut line = |depth: usize, text: std::fmt::Arguments<'_>| {
        writeln!(source, "{}{text}", "    ".repeat(depth)).expect("a String takes all");
    };
    line(0, format_args!("fn f{number}(value: int, label: text, depth: int): int {{"));
    line(1, format_args!("if depth <= 0 {{ return value % {} + len(label); }}", rng.below(50) + 2));
    line(1, format_args!("let total{number} = value * {} - {};", rng.below(9) + 1, rng.below(1_000)));
    line(1, format_args!("let step = 0;"));
    line(1, format_args!("let word = label + \"-{}\" + str(value);", rng.below(30)));
    line(1, format_args!("while step < {} && (step != 99 || total{number} >= {}) {{", rng.below(4) + 1, rng.below(10)));
    line(2, format_args!("let inner = (total{number} + step * {}) / (1 + step % 3);", rng.below(7) + 1));
    line(2, format_args!("if word == \"stop-{}\" {{ return -inner; }}", rng.below(100)));
    // Calls in circles: of any function before or after this one, ever less deep.
    let callee = rng.below(number + 1);
    line(2, format_args!("else {{ total{number} = total{number} + f{callee}(inner % 97, word, depth - 1); }}"));
    line(2, format_args!("step = step + 1;"));
    line(1, format_args!("}}"));
    line(1, format_args!("return total{number} % 10007 + len(word);"));
    line(0, format_args!("}}"));
}
