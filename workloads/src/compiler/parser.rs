//! From tokens to tree.

use std::cell::Cell;

use super::{
    ast::{Callee, Expression, Function, Node, Parameter, Program, Statement, Type},
    error::{Fault, Wrong},
    interner::Symbol,
    token::{Token, TokenKind},
};
use crate::builder::{Array, Builder};

/// How deep blocks and expressions may be nested.
const MAX_DEPTH: u32 = 200;

/// Binary operators by how strongly they bind, weakest first.
const LEVELS: [&[&str]; 6] = [&["||"], &["&&"], &["==", "!="], &["<", "<=", ">", ">="], &["+", "-"], &["*", "/", "%"]];

pub(super) fn parse<'a, B: Builder<'a>>(tokens: &[Token], place: B) -> Result<Program<'a, B>, Wrong> {
    let mut parser = Parser { tokens, at: 0, depth: 0, place };
    let mut functions = place.list();
    while parser.next().kind != TokenKind::End {
        let function = parser.function()?;
        place.push(&mut functions, function);
    }
    Ok(Program { functions })
}

struct Parser<'t, B> {
    tokens: &'t [Token],
    at: usize,
    depth: u32,
    place: B,
}

impl<'a, B: Builder<'a>> Parser<'_, B> {
    fn next(&self) -> Token {
        self.tokens[self.at]
    }

    /// Takes the next token if it is `word`.
    fn take(&mut self, word: &str) -> bool {
        let found = matches!(self.next().kind, TokenKind::Word(it) if it == word);
        self.at += usize::from(found);
        found
    }

    fn expect(&mut self, word: &'static str) -> Result<(), Wrong> {
        if self.take(word) { Ok(()) } else { Err((Fault::Expected(word), self.next().at)) }
    }

    fn name(&mut self) -> Result<Symbol, Wrong> {
        let token = self.next();
        let TokenKind::Name(name) = token.kind else { return Err((Fault::Expected("a name"), token.at)) };
        self.at += 1;
        Ok(name)
    }

    fn kind(&mut self) -> Result<Type, Wrong> {
        for (word, kind) in [("int", Type::Int), ("bool", Type::Bool), ("text", Type::Text)] {
            if self.take(word) {
                return Ok(kind);
            }
        }
        Err((Fault::Expected("a type"), self.next().at))
    }

    fn deeper<T>(&mut self, parse: impl FnOnce(&mut Self) -> Result<T, Wrong>) -> Result<T, Wrong> {
        if self.depth == MAX_DEPTH {
            return Err((Fault::Depth, self.next().at));
        }
        self.depth += 1;
        let parsed = parse(self);
        self.depth -= 1;
        parsed
    }

    fn function(&mut self) -> Result<Function<'a, B>, Wrong> {
        let at = self.next().at;
        self.expect("fn")?;
        let name = self.name()?;
        self.expect("(")?;
        let mut parameters = self.place.array(0);
        while !self.take(")") {
            if !parameters.is_empty() {
                self.expect(",")?;
            }
            let name = self.name()?;
            self.expect(":")?;
            parameters.push(Parameter { name, kind: self.kind()? });
        }
        let parameters = self.place.slice(parameters);
        self.expect(":")?;
        let result = self.kind()?;
        let body = self.block()?;
        Ok(Function { name, parameters, result, body, at, locals: Cell::new(0) })
    }

    fn block(&mut self) -> Result<B::List<Statement<'a, B>>, Wrong> {
        self.expect("{")?;
        let mut statements = self.place.list();
        while !self.take("}") {
            let statement = self.deeper(Self::statement)?;
            self.place.push(&mut statements, statement);
        }
        Ok(statements)
    }

    fn statement(&mut self) -> Result<Statement<'a, B>, Wrong> {
        if self.take("if") {
            return self.choice();
        }
        if self.take("while") {
            let condition = self.expression()?;
            return Ok(Statement::While(condition, self.block()?));
        }
        let statement = if self.take("let") {
            let name = self.name()?;
            self.expect("=")?;
            Statement::Let(name, self.expression()?, Cell::new(0))
        } else if self.take("return") {
            Statement::Return(self.expression()?)
        } else {
            let assigns = matches!(self.tokens.get(self.at + 1), Some(Token { kind: TokenKind::Word("="), .. }));
            match self.next().kind {
                TokenKind::Name(name) if assigns => {
                    self.at += 2;
                    Statement::Assign(name, self.expression()?, Cell::new(0))
                }
                _ => Statement::Expression(self.expression()?),
            }
        };
        self.expect(";")?;
        Ok(statement)
    }

    fn choice(&mut self) -> Result<Statement<'a, B>, Wrong> {
        let condition = self.expression()?;
        let then = self.block()?;
        let mut otherwise = self.place.list();
        if self.take("else") {
            if self.take("if") {
                let nested = self.deeper(Self::choice)?;
                self.place.push(&mut otherwise, nested);
            } else {
                otherwise = self.block()?;
            }
        }
        Ok(Statement::If(condition, then, otherwise))
    }

    fn expression(&mut self) -> Result<Expression<'a, B>, Wrong> {
        self.deeper(|parser| parser.binary(0))
    }

    fn binary(&mut self, level: usize) -> Result<Expression<'a, B>, Wrong> {
        let Some(operators) = LEVELS.get(level) else { return self.unary() };
        let mut left = self.binary(level + 1)?;
        loop {
            let token = self.next();
            let TokenKind::Word(word) = token.kind else { return Ok(left) };
            if !operators.contains(&word) {
                return Ok(left);
            }
            self.at += 1;
            let right = self.binary(level + 1)?;
            let node = Node::Binary(word, self.place.boxed(left), self.place.boxed(right));
            left = Expression { at: token.at, kind: Cell::default(), node };
        }
    }

    fn unary(&mut self) -> Result<Expression<'a, B>, Wrong> {
        let at = self.next().at;
        for word in ["-", "!"] {
            if self.take(word) {
                let inner = self.deeper(Self::unary)?;
                let node = Node::Unary(word, self.place.boxed(inner));
                return Ok(Expression { at, kind: Cell::default(), node });
            }
        }
        self.operand()
    }

    fn operand(&mut self) -> Result<Expression<'a, B>, Wrong> {
        let token = self.next();
        self.at += 1;
        let node = match token.kind {
            TokenKind::Int(value) => Node::Int(value),
            TokenKind::Text(text) => Node::Text(text),
            TokenKind::Word("true") => Node::Bool(true),
            TokenKind::Word("false") => Node::Bool(false),
            TokenKind::Word("(") => {
                let inner = self.expression()?;
                self.expect(")")?;
                return Ok(inner);
            }
            TokenKind::Name(name) if self.take("(") => {
                let mut arguments = self.place.list();
                let mut first = true;
                while !self.take(")") {
                    if !first {
                        self.expect(",")?;
                    }
                    first = false;
                    let argument = self.expression()?;
                    self.place.push(&mut arguments, argument);
                }
                Node::Call(name, arguments, Cell::new(Callee::Unknown))
            }
            TokenKind::Name(name) => Node::Variable(name, Cell::new(0)),
            _ => {
                self.at -= 1;
                return Err((Fault::Expected("an expression"), token.at));
            }
        };
        Ok(Expression { at: token.at, kind: Cell::default(), node })
    }
}
