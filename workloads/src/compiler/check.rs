//! Names and types, and the graph of calls.

use super::{
    ast::{Callee, Expression, Function, Node, Program, Statement, Type},
    error::{Fault, Wrong},
    graph::FunctionNode,
    interner::{Interner, Symbol},
    scopes::Scopes,
};
use crate::builder::{Array, Builder, List};

/// The functions of a program, as nodes of the graph of calls.
pub(super) struct Checked<'g, G: Builder<'g>> {
    pub(super) functions: G::Slice<G::Shared<FunctionNode<'g, G>>>,
    /// The number of `main`.
    pub(super) main: u32,
}

/// Checks a program and writes what is found out into its tree.
pub(super) fn check<'a, 'n, 'g, B: Builder<'a>, N: Builder<'n>, G: Builder<'g>>(
    program: &Program<'a, B>,
    names: &mut Interner<'n, N>,
    place: G,
) -> Result<Checked<'g, G>, Wrong> {
    let given = [(names.intern("len"), Callee::Len), (names.intern("str"), Callee::Str)];
    let main = names.intern("main");
    // By the symbols of their names, numbers from 1.
    let mut numbers = place.array(names.len());
    (0..names.len()).for_each(|_| numbers.push(0u32));
    given.iter().for_each(|(name, _)| numbers[name.index()] = u32::MAX);
    let mut functions = place.array(program.functions.len());
    for function in program.functions.iter() {
        let number = functions.len() as u32;
        if numbers[function.name.index()] != 0 {
            return Err((Fault::Twice, function.at));
        }
        numbers[function.name.index()] = number + 1;
        let mut parameters = place.array(function.parameters.len());
        function.parameters.iter().for_each(|parameter| parameters.push(parameter.kind));
        let node = FunctionNode::new(function.name, place.slice(parameters), function.result, number);
        functions.push(place.shared(node));
    }
    let functions = place.slice(functions);
    let number = numbers[main.index()].checked_sub(1).ok_or((Fault::NoMain, 0))?;
    let mut checker = Checker { numbers, functions, given, scopes: Scopes::new(place), place, current: 0 };
    for function in program.functions.iter() {
        checker.function(function)?;
        checker.current += 1;
        if function.name == main && !(function.parameters.is_empty() && function.result == Type::Int) {
            return Err((Fault::NoMain, function.at));
        }
    }
    checker.functions[number as usize].walk();
    Ok(Checked { functions: checker.functions, main: number })
}

struct Checker<'g, G: Builder<'g>> {
    numbers: G::Array<u32>,
    functions: G::Slice<G::Shared<FunctionNode<'g, G>>>,
    given: [(Symbol, Callee); 2],
    scopes: Scopes<'g, G>,
    place: G,
    /// The number of the function that is checked.
    current: usize,
}

impl<'g, G: Builder<'g>> Checker<'g, G> {
    fn function<'a, B: Builder<'a>>(&mut self, function: &Function<'a, B>) -> Result<(), Wrong> {
        self.scopes.clear();
        for parameter in function.parameters.iter() {
            self.scopes.declare(parameter.name, parameter.kind);
        }
        if !self.block(&function.body, function.result)? {
            return Err((Fault::NoReturn, function.at));
        }
        function.locals.set(self.scopes.most());
        Ok(())
    }

    /// Checks statements; whether they return on every way.
    fn block<'a, B: Builder<'a>>(
        &mut self,
        statements: &impl List<Statement<'a, B>>,
        result: Type,
    ) -> Result<bool, Wrong> {
        let outer = self.scopes.enter();
        let mut returns = false;
        for statement in statements.iter() {
            returns |= self.statement(statement, result)?;
        }
        self.scopes.leave(outer);
        Ok(returns)
    }

    fn statement<'a, B: Builder<'a>>(&mut self, statement: &Statement<'a, B>, result: Type) -> Result<bool, Wrong> {
        match statement {
            Statement::Let(name, value, place) => {
                let kind = self.expression(value)?;
                place.set(self.scopes.declare(*name, kind));
            }
            Statement::Assign(name, value, place) => {
                let variable = self.scopes.find(*name).ok_or((Fault::Unknown, value.at))?;
                self.must_be(value, variable.kind)?;
                place.set(variable.place);
            }
            Statement::If(condition, then, otherwise) => {
                self.must_be(condition, Type::Bool)?;
                let (then, otherwise) = (self.block(then, result)?, self.block(otherwise, result)?);
                return Ok(then && otherwise);
            }
            Statement::While(condition, body) => {
                self.must_be(condition, Type::Bool)?;
                self.block(body, result)?;
            }
            Statement::Return(value) => {
                self.must_be(value, result)?;
                return Ok(true);
            }
            Statement::Expression(value) => {
                self.expression(value)?;
            }
        }
        Ok(false)
    }

    fn must_be<'a, B: Builder<'a>>(&mut self, expression: &Expression<'a, B>, kind: Type) -> Result<(), Wrong> {
        if self.expression(expression)? == kind { Ok(()) } else { Err((Fault::Type, expression.at)) }
    }

    fn expression<'a, B: Builder<'a>>(&mut self, expression: &Expression<'a, B>) -> Result<Type, Wrong> {
        let kind = match &expression.node {
            Node::Int(_) => Type::Int,
            Node::Bool(_) => Type::Bool,
            Node::Text(_) => Type::Text,
            Node::Variable(name, place) => {
                let variable = self.scopes.find(*name).ok_or((Fault::Unknown, expression.at))?;
                place.set(variable.place);
                variable.kind
            }
            Node::Unary(operator, inner) => {
                let kind = if *operator == "!" { Type::Bool } else { Type::Int };
                self.must_be(inner, kind)?;
                kind
            }
            Node::Binary(operator, left, right) => self.binary(operator, left, right)?,
            Node::Call(name, arguments, callee) => self.call(*name, arguments, callee, expression.at)?,
        };
        expression.kind.set(kind);
        Ok(kind)
    }

    fn binary<'a, B: Builder<'a>>(
        &mut self,
        operator: &str,
        left: &Expression<'a, B>,
        right: &Expression<'a, B>,
    ) -> Result<Type, Wrong> {
        let kind = self.expression(left)?;
        self.must_be(right, kind)?;
        match (operator, kind) {
            ("==" | "!=", _) | ("&&" | "||", Type::Bool) | ("<" | "<=" | ">" | ">=", Type::Int) => Ok(Type::Bool),
            ("+", Type::Text) => Ok(Type::Text),
            ("+" | "-" | "*" | "/" | "%", Type::Int) => Ok(Type::Int),
            _ => Err((Fault::Type, left.at)),
        }
    }

    fn call<'a, B: Builder<'a>>(
        &mut self,
        name: Symbol,
        arguments: &impl List<Expression<'a, B>>,
        callee: &std::cell::Cell<Callee>,
        at: u32,
    ) -> Result<Type, Wrong> {
        if let Some(&(_, given)) = self.given.iter().find(|given| given.0 == name) {
            let (takes, gives) = if given == Callee::Len { (Type::Text, Type::Int) } else { (Type::Int, Type::Text) };
            let argument = arguments.iter().next().filter(|_| arguments.len() == 1).ok_or((Fault::Arguments, at))?;
            self.must_be(argument, takes)?;
            callee.set(given);
            return Ok(gives);
        }
        let number = self.numbers[name.index()].checked_sub(1).ok_or((Fault::Unknown, at))?;
        let number = number as usize;
        if self.functions[number].parameters.len() != arguments.len() {
            return Err((Fault::Arguments, at));
        }
        for (position, argument) in arguments.iter().enumerate() {
            self.must_be(argument, self.functions[number].parameters[position])?;
        }
        let function = &self.functions[number];
        self.functions[self.current].calls(function, self.place);
        callee.set(Callee::Function(function.number));
        Ok(function.result)
    }
}
