/* Copyright 2026 the mod_mssl developers
 * SPDX-License-Identifier: Apache-2.0 */

#include "lib/explain/near.h"

#include <string.h>

/** So many letters may differ ... */
#define MOST 2
/** ... and only one in names up to this length. */
#define SHORT 12

static int min3(int a, int b, int c)
{
    a = a < b ? a : b;
    return a < c ? a : c;
}

/**
 * The distance of Damerau and Levenshtein, with adjacent swaps; three rows of the table are kept, and of
 * each only what is not further from the middle than it may be.
 * @return more than most: it is more
 */
static int get_distance(const char *a, int alen, const char *b, int blen, int most)
{
    int rows[3][MSSL_NAME_SIZE], i, j, least = 0;

    for (j = 0; j <= blen && j <= most + 1; j++) {
        rows[0][j] = j;
    }
    for (i = 1; i <= alen && least <= most; i++) {
        int *row = rows[i % 3], *before = rows[(i + 2) % 3], *earlier = rows[(i + 1) % 3];
        int low = i > most ? i - most : 1, high = i + most < blen ? i + most : blen;

        row[low - 1] = low == 1 ? i : most + 1;
        least = row[low - 1];
        for (j = low; j <= high; j++) {
            int differs = a[i - 1] != b[j - 1];

            row[j] = min3(before[j] + 1, row[j - 1] + 1, before[j - 1] + differs);
            if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1]
                && earlier[j - 2] + 1 < row[j]) {
                row[j] = earlier[j - 2] + 1;
            }
            least = row[j] < least ? row[j] : least;
        }
        if (high < blen) {
            row[high + 1] = most + 1;
        }
    }
    return least <= most ? rows[alen % 3][blen] : most + 1;
}

/* @return 0: they are not near, or the same */
static int measure(const char *a, size_t alen, const char *b, size_t blen)
{
    int most = alen <= SHORT || blen <= SHORT ? 1 : MOST, distance;

    if (alen >= MSSL_NAME_SIZE || blen >= MSSL_NAME_SIZE || alen > blen + (size_t)most
        || blen > alen + (size_t)most) {
        return 0;
    }
    distance = get_distance(a, (int)alen, b, (int)blen, most);
    return distance <= most ? distance : 0;
}

void mssl_near_begin(mssl_near_t *near, const char *name)
{
    near->name = name;
    near->distance = 0;
    near->found[0] = '\0';
}

void mssl_near_offer(mssl_near_t *near, const char *in, size_t len)
{
    int distance = len > 0 && *in != '*' ? measure(near->name, strlen(near->name), in, len) : 0;
    char name[MSSL_NAME_SIZE];

    if (distance == 0) {
        return;
    }
    memcpy(name, in, len);
    name[len] = '\0';
    if (near->found[0] == '\0' || distance < near->distance
        || (distance == near->distance && strcmp(name, near->found) < 0)) {
        near->distance = distance;
        memcpy(near->found, name, sizeof(name));
    }
}
