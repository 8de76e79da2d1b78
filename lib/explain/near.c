/* Copyright 2026 the mod_mssl developers
 * SPDX-License-Identifier: Apache-2.0 */

#include "lib/explain/near.h"

#include <string.h>

#include "lib/base/name.h"

/** So many letters may differ ... */
#define MOST 2
/** ... and only one in names up to this length. */
#define SHORT 12

static int min3(int a, int b, int c)
{
    a = a < b ? a : b;
    return a < c ? a : c;
}

/** The distance of Damerau and Levenshtein, with adjacent swaps; three rows of the table are kept. */
static int get_distance(const char *a, int alen, const char *b, int blen)
{
    int rows[3][MSSL_NAME_SIZE], i, j;

    for (j = 0; j <= blen; j++) {
        rows[0][j] = j;
    }
    for (i = 1; i <= alen; i++) {
        int *row = rows[i % 3], *before = rows[(i + 2) % 3], *earlier = rows[(i + 1) % 3];

        row[0] = i;
        for (j = 1; j <= blen; j++) {
            int differs = a[i - 1] != b[j - 1];

            row[j] = min3(before[j] + 1, row[j - 1] + 1, before[j - 1] + differs);
            if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1]
                && earlier[j - 2] + 1 < row[j]) {
                row[j] = earlier[j - 2] + 1;
            }
        }
    }
    return rows[alen % 3][blen];
}

int mssl_near_is(const char *a, const char *b)
{
    int alen = (int)strlen(a), blen = (int)strlen(b);
    int most = alen <= SHORT || blen <= SHORT ? 1 : MOST, distance;

    if (alen >= MSSL_NAME_SIZE || blen >= MSSL_NAME_SIZE || alen - blen > most
        || blen - alen > most) {
        return 0;
    }
    distance = get_distance(a, alen, b, blen);
    return distance > 0 && distance <= most;
}
