// Sizes of files as people read them.

import { language } from "/gallery/language.js";

/** A number of bytes in the unit that suits it. */
export function sizeOf(bytes) {
    const isLarge = bytes >= 1000 ** 2;
    const unit = isLarge ? "megabyte" : "kilobyte";
    const form = { style: "unit", unit, unitDisplay: "short", maximumFractionDigits: isLarge ? 1 : 0 };
    return new Intl.NumberFormat(language, form).format(isLarge ? bytes / 1000 ** 2 : Math.max(1, bytes / 1000));
}
