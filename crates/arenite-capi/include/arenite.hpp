// Arenite for C++17: memory for programs that know when it dies. Header-only, over arenite.h.
//
// Pick by asking "when does this die?"
//
//   a level, a document, a request: all of it at once     arena                    arenite/arena.hpp
//   a part of that                                        temp_scope, arena_mark   arenite/arena.hpp
//   a frame of a game                                     frame                    arenite/frame.hpp
//   one by one, of any size                               heap                     arenite/heap.hpp
//   one by one, all of a size                             pool                     arenite/heap.hpp
//   a function                                            fixed_buffer             arenite/fixed_buffer.hpp
//
// All of them are an `allocator` (arenite/allocator.hpp), which is an interface for your own too. Over them: fallback, failing,
// tracking (arenite/layers.hpp), debug_allocator. A thread has a current one: allocator_scope, current_allocator()
// (arenite/scope.hpp). Objects: alloc_construct<T>, alloc_array<T>, owned<T> (arenite/construct.hpp). Containers: resource
// (std::pmr) and std_allocator<T> (arenite/pmr.hpp). Allocator values of C, and its layers: value, as_value
// (arenite/value.hpp).
//
//     arenite::arena level;
//     arenite::allocator_scope scope(level);
//     auto *monster = arenite::alloc_construct<struct monster>("rat", 3);
//     arenite::resource memory(level);
//     std::pmr::unordered_map<int, std::pmr::string> names(&memory);
//     level.reset();                                 // everything dies; the memory is used again
//
// Nothing here throws but containers, by arenite::bad_alloc; a refusal is nullptr or false, and arenite_last_error_text()
// says who, what and why. The classes are movable where that says so, and not copyable.
#ifndef ARENITE_HPP
#define ARENITE_HPP

#include "arenite.h"

#include "arenite/allocator.hpp"
#include "arenite/arena.hpp"
#include "arenite/construct.hpp"
#include "arenite/debug_allocator.hpp"
#include "arenite/fixed_buffer.hpp"
#include "arenite/frame.hpp"
#include "arenite/heap.hpp"
#include "arenite/layers.hpp"
#include "arenite/pmr.hpp"
#include "arenite/scope.hpp"
#include "arenite/system.hpp"
#include "arenite/value.hpp"

#endif
