//! Zig's allocators as opponents: the same loops as in the rows' kernels, in Zig, so that its compiler inlines what a
//! Zig program's would. Compiled by `build.rs` where there is a `zig`.

const std = @import("std");

pub const panic = std.debug.no_panic;

const group = 1000;
const Object = [8]u64;
const Arena = std.heap.ArenaAllocator;
const Pool = std.heap.MemoryPool(Object);
const Fixed = std.heap.FixedBufferAllocator;
const pages = std.heap.page_allocator;

/// Makes the compiler produce what lies behind a pointer, as `keep` does in Rust.
inline fn keep(memory: *const anyopaque) void {
    asm volatile (""
        :
        : [memory] "r" (memory),
        : .{ .memory = true });
}

export fn zig_arena_new() ?*Arena {
    const arena = pages.create(Arena) catch return null;
    arena.* = Arena.init(pages);
    return arena;
}

export fn zig_arena_reset(arena: *Arena) void {
    _ = arena.reset(.retain_capacity);
}

/// Rows 1 and 2.
export fn zig_arena_values(arena: *Arena, groups: u64) void {
    for (0..groups) |_| {
        valueGroup(arena);
        _ = arena.reset(.retain_capacity);
    }
}

noinline fn valueGroup(arena: *Arena) void {
    const allocator = arena.allocator();
    for (0..group) |i| {
        const value = allocator.create(u64) catch unreachable;
        value.* = i;
        keep(value);
    }
}

/// Rows 10 and 11.
export fn zig_arena_objects(arena: *Arena, n: u64) void {
    const allocator = arena.allocator();
    for (0..n) |i| {
        const object = allocator.create(Object) catch unreachable;
        object.* = @splat(i);
        keep(object);
    }
}

/// Row 22: one store in each.
export fn zig_arena_stores(arena: *Arena, n: u64) void {
    const allocator = arena.allocator();
    for (0..n) |i| {
        const object = allocator.create(Object) catch unreachable;
        object[0] = i;
        keep(object);
    }
}

/// Row 12.
export fn zig_arena_mixed(arena: *Arena, sizes: [*]const usize, live: [*]*anyopaque, n: usize) void {
    const allocator = arena.allocator();
    for (sizes[0..n], live[0..n]) |size, *slot| {
        const memory = allocator.alignedAlloc(u8, .@"8", size) catch unreachable;
        @as(*u64, @ptrCast(memory.ptr)).* = 1;
        slot.* = memory.ptr;
    }
    _ = arena.reset(.retain_capacity);
}

export fn zig_fixed_new(bytes: usize) ?*Fixed {
    const fixed = pages.create(Fixed) catch return null;
    fixed.* = Fixed.init(pages.alloc(u8, bytes) catch return null);
    return fixed;
}

/// Row 12.
export fn zig_fixed_mixed(fixed: *Fixed, sizes: [*]const usize, live: [*]*anyopaque, n: usize) void {
    const allocator = fixed.allocator();
    for (sizes[0..n], live[0..n]) |size, *slot| {
        const memory = allocator.alignedAlloc(u8, .@"8", size) catch unreachable;
        @as(*u64, @ptrCast(memory.ptr)).* = 1;
        slot.* = memory.ptr;
    }
    fixed.reset();
}

export fn zig_pool_new() ?*Pool {
    const pool = pages.create(Pool) catch return null;
    pool.* = .empty;
    return pool;
}

export fn zig_pool_create(pool: *Pool) ?*Object {
    return pool.create(pages) catch null;
}

/// Row 13a.
export fn zig_pool_pairs(pool: *Pool, operations: u64) void {
    for (0..operations) |i| {
        const object = pool.create(pages) catch unreachable;
        object.* = @splat(i);
        keep(object);
        pool.destroy(object);
    }
}

/// Row 13b.
export fn zig_pool_churn(pool: *Pool, live: [*]*Object, steps: [*]const u32, n: usize) void {
    for (steps[0..n]) |step| {
        const slot = &live[step];
        pool.destroy(@alignCast(slot.*));
        const object = pool.create(pages) catch unreachable;
        object.* = @splat(step);
        keep(object);
        slot.* = object;
    }
}

/// `std.heap.smp_allocator`, as a heap of the process.
export fn zig_smp_alloc(size: usize, log2_of_align: u8) ?[*]u8 {
    return std.heap.smp_allocator.rawAlloc(size, @enumFromInt(log2_of_align), 0);
}

export fn zig_smp_free(block: [*]u8, size: usize, log2_of_align: u8) void {
    std.heap.smp_allocator.rawFree(block[0..size], @enumFromInt(log2_of_align), 0);
}
