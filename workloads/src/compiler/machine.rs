//! The machine that runs the code.

use super::{
    code::{Code, Op},
    error::{Fault, Wrong},
    interner::Interner,
};
use crate::builder::{Array, Builder, push_number};

/// Instructions that a program may run.
const MAX_STEPS: u64 = 5_000_000;
/// Calls that may be open at once.
const MAX_CALLS: usize = 10_000;
/// Bytes of the longest text.
const MAX_TEXT: usize = 1 << 20;

/// A value. Texts are shared, not copied.
enum Value<'a, B: Builder<'a>> {
    Int(i64),
    Bool(bool),
    Text(B::Shared<B::Text>),
}

impl<'a, B: Builder<'a>> Clone for Value<'a, B> {
    fn clone(&self) -> Self {
        match self {
            Self::Int(value) => Self::Int(*value),
            Self::Bool(value) => Self::Bool(*value),
            Self::Text(text) => Self::Text(text.clone()),
        }
    }
}

/// A call that is open.
#[derive(Clone, Copy)]
struct Frame {
    /// Where to go on when it is done.
    back: usize,
    /// Its first local value on the stack.
    base: usize,
}

/// What `main` gives, and how many instructions that took. Values and texts are made in `place`.
pub(super) fn run<'a, 'c, 'n, B: Builder<'a>, C: Builder<'c>, N: Builder<'n>>(
    code: &Code<'c, C>,
    names: &Interner<'n, N>,
    place: B,
) -> Result<(i64, u64), Wrong> {
    let mut machine = Machine { place, stack: place.array(64), frames: place.array(16) };
    let mut at = machine.call(code, code.main, usize::MAX)?;
    for steps in 1..=MAX_STEPS {
        let op = code.ops[at];
        at += 1;
        match op {
            Op::Int(number) => machine.stack.push(Value::Int(code.integers[number as usize])),
            Op::Bool(value) => machine.stack.push(Value::Bool(value)),
            Op::Text(symbol) => machine.push_text(names.text(symbol)),
            Op::Load(local) => {
                let value = machine.local(local).clone();
                machine.stack.push(value);
            }
            Op::Store(local) => {
                let value = machine.pop();
                *machine.local(local) = value;
            }
            Op::Jump(aim) => at = aim as usize,
            Op::JumpIfNot(aim) => {
                if !machine.bool() {
                    at = aim as usize;
                }
            }
            Op::Call(number) => at = machine.call(code, number, at)?,
            Op::Return => {
                let value = machine.pop();
                let frame = machine.frames.pop().expect("code runs in a call");
                machine.stack.truncate(frame.base);
                if let (true, Value::Int(result)) = (machine.frames.is_empty(), &value) {
                    return Ok((*result, steps));
                }
                machine.stack.push(value);
                at = frame.back;
            }
            Op::Pop => drop(machine.pop()),
            Op::Divide(source) => machine.divide(i64::wrapping_div, source)?,
            Op::Remainder(source) => machine.divide(i64::wrapping_rem, source)?,
            Op::Join => machine.join()?,
            op => machine.compute(op),
        }
    }
    Err((Fault::Limit, 0))
}

struct Machine<'a, B: Builder<'a>> {
    place: B,
    stack: B::Array<Value<'a, B>>,
    frames: B::Array<Frame>,
}

impl<'a, B: Builder<'a>> Machine<'a, B> {
    /// Opens a call whose arguments are on the stack; where its code begins.
    fn call<'c, C: Builder<'c>>(&mut self, code: &Code<'c, C>, number: u32, back: usize) -> Result<usize, Wrong> {
        let entry = code.functions[number as usize];
        if self.frames.len() == MAX_CALLS {
            return Err((Fault::Limit, 0));
        }
        self.frames.push(Frame { back, base: self.stack.len() - entry.parameters as usize });
        (entry.parameters..entry.locals).for_each(|_| self.stack.push(Value::Int(0)));
        Ok(entry.start as usize)
    }

    fn local(&mut self, local: u32) -> &mut Value<'a, B> {
        let base = self.frames.last().expect("code runs in a call").base;
        &mut self.stack[base + local as usize]
    }

    fn pop(&mut self) -> Value<'a, B> {
        self.stack.pop().expect("checked code leaves its operands")
    }

    fn int(&mut self) -> i64 {
        let Value::Int(value) = self.pop() else { unreachable!("the check saw to types") };
        value
    }

    fn bool(&mut self) -> bool {
        let Value::Bool(value) = self.pop() else { unreachable!("the check saw to types") };
        value
    }

    fn text(&mut self) -> B::Shared<B::Text> {
        let Value::Text(value) = self.pop() else { unreachable!("the check saw to types") };
        value
    }

    fn push_text(&mut self, text: &str) {
        let text = self.place.text(text);
        self.stack.push(Value::Text(self.place.shared(text)));
    }

    fn compute(&mut self, op: Op) {
        let value = match op {
            Op::Negate => Value::Int(self.int().wrapping_neg()),
            Op::Not => Value::Bool(!self.bool()),
            Op::Len => Value::Int(self.text().len() as i64),
            Op::Str => {
                let number = self.int();
                let mut text = self.place.array(20);
                if number < 0 {
                    text.push(b'-');
                }
                push_number(&mut text, number.unsigned_abs());
                let text = self.place.text_of(text).expect("digits");
                Value::Text(self.place.shared(text))
            }
            Op::Equal => {
                let (right, left) = (self.pop(), self.pop());
                Value::Bool(match (&left, &right) {
                    (Value::Int(left), Value::Int(right)) => left == right,
                    (Value::Bool(left), Value::Bool(right)) => left == right,
                    (Value::Text(left), Value::Text(right)) => ***left == ***right,
                    _ => unreachable!("the check saw to types"),
                })
            }
            _ => {
                let (right, left) = (self.int(), self.int());
                match op {
                    Op::Add => Value::Int(left.wrapping_add(right)),
                    Op::Subtract => Value::Int(left.wrapping_sub(right)),
                    Op::Multiply => Value::Int(left.wrapping_mul(right)),
                    Op::Less => Value::Bool(left < right),
                    _ => Value::Bool(left > right),
                }
            }
        };
        self.stack.push(value);
    }

    fn divide(&mut self, divide: impl Fn(i64, i64) -> i64, source: u32) -> Result<(), Wrong> {
        let (right, left) = (self.int(), self.int());
        if right == 0 {
            return Err((Fault::Division, source));
        }
        self.stack.push(Value::Int(divide(left, right)));
        Ok(())
    }

    fn join(&mut self) -> Result<(), Wrong> {
        let (right, left) = (self.text(), self.text());
        let length = left.len() + right.len();
        if length > MAX_TEXT {
            return Err((Fault::Limit, 0));
        }
        let mut text = self.place.array(length);
        text.extend(left.as_bytes());
        text.extend(right.as_bytes());
        let text = self.place.text_of(text).expect("two texts");
        self.stack.push(Value::Text(self.place.shared(text)));
        Ok(())
    }
}
