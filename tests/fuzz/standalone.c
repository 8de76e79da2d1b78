/* Copyright 2026 the mod_mssl developers
 * SPDX-License-Identifier: Apache-2.0 */
/*
 * Runs a fuzz target over the files of the folders and files given: the corpus as a regression
 * test, with any compiler. A folder without files is a failure, as nothing was tested then.
 */
#include <dirent.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static int run_file(const char *path)
{
    FILE *file = fopen(path, "rb");
    struct stat info;
    uint8_t *data = NULL;
    size_t size = 0;
    int ok = 0;

    if (file == NULL || fstat(fileno(file), &info) != 0) {
        goto cleanup;
    }
    /* Exactly as large as the file, so that a sanitizer sees the first byte read behind it. */
    size = (size_t)info.st_size;
    data = malloc(size);
    if ((data != NULL || size == 0) && fread(data, 1, size, file) == size) {
        LLVMFuzzerTestOneInput(data, size);
        ok = 1;
    }

cleanup:
    if (!ok) {
        perror(path);
    }
    free(data);
    if (file != NULL) {
        fclose(file);
    }
    return ok;
}

/* @return how many files were run, -1 on failure */
static int run_folder(const char *folder)
{
    char path[4096];
    DIR *dir = opendir(folder);
    struct dirent *entry;
    int count = 0;

    if (dir == NULL) {
        perror(folder);
        return -1;
    }
    while (count >= 0 && (entry = readdir(dir)) != NULL) {
        if (entry->d_name[0] == '.') {
            continue;
        }
        snprintf(path, sizeof(path), "%s/%s", folder, entry->d_name);
        count = run_file(path) ? count + 1 : -1;
    }
    closedir(dir);
    return count;
}

int main(int argc, char **argv)
{
    int i;

    if (argc < 2) {
        fprintf(stderr, "usage: %s CORPUS-FOLDER...\n", argv[0]);
        return 2;
    }
    for (i = 1; i < argc; i++) {
        int count = run_folder(argv[i]);

        if (count <= 0) {
            fprintf(stderr, "%s: %s\n", argv[i], count == 0 ? "empty corpus" : "failed");
            return 1;
        }
        printf("%s: %d inputs passed\n", argv[i], count);
    }
    return 0;
}
