// The files of the gallery's pages, embedded in the binary as they are.
#ifndef GALLERY_PAGES_H
#define GALLERY_PAGES_H

#include <stddef.h>

/// The bytes of one file.
struct gallery_file {
    const char *name;
    const unsigned char *bytes;
    size_t count;
};

/// All files, in no order; after the last one null.
const struct gallery_file *gallery_file_at(size_t index);

#endif
