//! From tree to code.

use super::{
    ast::{Callee, Expression, Function, Node, Program, Statement, Type},
    check::Checked,
    code::{Code, Entry, Op},
};
use crate::builder::{Array, Builder, List};

/// The code of all functions that can be reached.
pub(super) fn emit<'a, 'g, 'c, B: Builder<'a>, G: Builder<'g>, C: Builder<'c>>(
    program: &Program<'a, B>,
    checked: &Checked<'g, G>,
    place: C,
) -> Code<'c, C> {
    let mut emitter = Emitter::<C> { ops: place.array(256), integers: place.array(16) };
    let mut functions = place.array(checked.functions.len());
    for (function, node) in program.functions.iter().zip(checked.functions.iter()) {
        let start = emitter.ops.len() as u32;
        if node.reached() {
            emitter.function(function);
        }
        functions.push(Entry { start, parameters: function.parameters.len() as u32, locals: function.locals.get() });
    }
    Code {
        ops: place.slice(emitter.ops),
        integers: place.slice(emitter.integers),
        functions: place.slice(functions),
        main: checked.main,
    }
}

struct Emitter<'c, C: Builder<'c>> {
    ops: C::Array<Op>,
    integers: C::Array<i64>,
}

impl<'a, 'c, C: Builder<'c>> Emitter<'c, C> {
    fn function<B: Builder<'a>>(&mut self, function: &Function<'a, B>) {
        self.block(&function.body);
    }

    fn block<B: Builder<'a>>(&mut self, statements: &impl List<Statement<'a, B>>) {
        statements.iter().for_each(|statement| self.statement(statement));
    }

    fn statement<B: Builder<'a>>(&mut self, statement: &Statement<'a, B>) {
        match statement {
            Statement::Let(_, value, place) | Statement::Assign(_, value, place) => {
                self.expression(value);
                self.ops.push(Op::Store(place.get()));
            }
            Statement::If(condition, then, otherwise) => {
                self.expression(condition);
                let over = self.hole();
                self.block(then);
                if otherwise.is_empty() {
                    self.fill(over, Op::JumpIfNot);
                } else {
                    let behind = self.hole();
                    self.fill(over, Op::JumpIfNot);
                    self.block(otherwise);
                    self.fill(behind, Op::Jump);
                }
            }
            Statement::While(condition, body) => {
                let again = self.ops.len() as u32;
                self.expression(condition);
                let over = self.hole();
                self.block(body);
                self.ops.push(Op::Jump(again));
                self.fill(over, Op::JumpIfNot);
            }
            Statement::Return(value) => {
                self.expression(value);
                self.ops.push(Op::Return);
            }
            Statement::Expression(value) => {
                self.expression(value);
                self.ops.push(Op::Pop);
            }
        }
    }

    /// Room for a jump whose aim is not known yet.
    fn hole(&mut self) -> usize {
        self.ops.push(Op::Pop);
        self.ops.len() - 1
    }

    /// The jump at `hole` leads here.
    fn fill(&mut self, hole: usize, jump: impl FnOnce(u32) -> Op) {
        self.ops[hole] = jump(self.ops.len() as u32);
    }

    fn expression<B: Builder<'a>>(&mut self, expression: &Expression<'a, B>) {
        let op = match &expression.node {
            Node::Int(value) => {
                let known = self.integers.iter().rev().take(16).position(|it| it == value);
                let number = match known {
                    Some(back) => self.integers.len() - 1 - back,
                    None => {
                        self.integers.push(*value);
                        self.integers.len() - 1
                    }
                };
                Op::Int(number as u32)
            }
            Node::Bool(value) => Op::Bool(*value),
            Node::Text(symbol) => Op::Text(*symbol),
            Node::Variable(_, place) => Op::Load(place.get()),
            Node::Unary(operator, inner) => {
                self.expression(inner);
                if *operator == "!" { Op::Not } else { Op::Negate }
            }
            Node::Binary(operator @ ("&&" | "||"), left, right) => return self.both_or_one(operator, left, right),
            Node::Binary(operator, left, right) => return self.binary(operator, left, right, expression.at),
            Node::Call(_, arguments, callee) => {
                arguments.iter().for_each(|argument| self.expression(argument));
                match callee.get() {
                    Callee::Function(number) => Op::Call(number),
                    Callee::Len => Op::Len,
                    Callee::Str => Op::Str,
                    Callee::Unknown => unreachable!("the check found every callee"),
                }
            }
        };
        self.ops.push(op);
    }

    /// The right side is evaluated only if the left does not decide.
    fn both_or_one<B: Builder<'a>>(&mut self, operator: &str, left: &Expression<'a, B>, right: &Expression<'a, B>) {
        self.expression(left);
        if operator == "||" {
            self.ops.push(Op::Not);
        }
        let decided = self.hole();
        self.expression(right);
        let behind = self.hole();
        self.fill(decided, Op::JumpIfNot);
        self.ops.push(Op::Bool(operator == "||"));
        self.fill(behind, Op::Jump);
    }

    fn binary<B: Builder<'a>>(&mut self, operator: &str, left: &Expression<'a, B>, right: &Expression<'a, B>, at: u32) {
        self.expression(left);
        self.expression(right);
        let ops: &[Op] = match operator {
            "+" if left.kind.get() == Type::Text => &[Op::Join],
            "+" => &[Op::Add],
            "-" => &[Op::Subtract],
            "*" => &[Op::Multiply],
            "/" => &[Op::Divide(at)],
            "%" => &[Op::Remainder(at)],
            "==" => &[Op::Equal],
            "!=" => &[Op::Equal, Op::Not],
            "<" => &[Op::Less],
            ">=" => &[Op::Less, Op::Not],
            ">" => &[Op::Greater],
            _ => &[Op::Greater, Op::Not],
        };
        self.ops.extend(ops);
    }
}
