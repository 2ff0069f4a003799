/* Inputs, the same in every run. They lie in mappings of their own, so that making them leaves nothing behind in the heap. */
#ifndef INPUTS_H
#define INPUTS_H

#include <stddef.h>

typedef struct input {
    char *bytes;
    size_t size;
} input;

/* About so many bytes of records, as XML or as the same in JSON; 0-terminated behind the end. */
input input_xml(size_t size);
input input_json(size_t size);
/* The message with this number, some 60 bytes, 0-terminated. Its length; `room` is at least 1,000. */
size_t input_message(unsigned number, char *room);
/* An RGB picture of noise on gradients, as PNG. */
input input_png(unsigned width, unsigned height);
/* A file. */
input input_file(const char *path);
void input_free(input *input);

#endif
