/* Maps and unmaps memory of its own at random in several threads, and says in the end how many bytes
 * the kernel has mapped for it that are no file's. */
#define _GNU_SOURCE
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

enum { THREADS = 3, RANGES = 20, CALLS = 300, PAGE = 4096 };

struct range { char *at; size_t size; };

static char *map(void *at, size_t size, int access, int flags)
{
	return mmap(at, size, access, MAP_PRIVATE | MAP_ANONYMOUS | flags, -1, 0);
}

static void *work(void *seed)
{
	unsigned s = (unsigned)(size_t)seed;
	struct range ranges[RANGES] = { { 0 } };

	for (int i = 0; i < CALLS; i++) {
		struct range *r = &ranges[rand_r(&s) % RANGES];
		size_t size = (1 + rand_r(&s) % 64) * PAGE, from = 0;
		int what = rand_r(&s) % 6;
		char *moved;

		if (!r->at || what < 2) {
			if (r->at)
				munmap(r->at, r->size);
			r->at = map(NULL, size, what == 0 ? PROT_NONE : PROT_READ | PROT_WRITE, 0);
			r->size = size;
			continue;
		}
		from = rand_r(&s) % (r->size / PAGE) * PAGE;
		switch (what) {
		case 2:
			mprotect(r->at + from, (r->size - from) / 2, rand_r(&s) % 4 ? PROT_READ | PROT_WRITE : PROT_NONE);
			break;
		case 3:
			/* the head or the tail: another thread may get what is unmapped at once,
			 * so no call may reach over a hole */
			if (from == 0)
				break;
			if (rand_r(&s) % 2) {
				munmap(r->at, from);
				r->at += from;
				r->size -= from;
			} else {
				munmap(r->at + from, r->size - from);
				r->size = from;
			}
			break;
		case 4:
			map(r->at + from, r->size - from, PROT_READ | PROT_WRITE, MAP_FIXED);
			break;
		case 5:
			moved = mremap(r->at, r->size, size, MREMAP_MAYMOVE); /* fails over several mappings */
			if (moved != MAP_FAILED) {
				r->at = moved;
				r->size = size;
			}
		}
	}
	return NULL;
}

int main(void)
{
	pthread_t threads[THREADS];
	char line[512];
	unsigned long sum = 0;
	FILE *maps;

	for (size_t i = 0; i < THREADS; i++)
		pthread_create(&threads[i], NULL, work, (void *)(i + 1));
	for (size_t i = 0; i < THREADS; i++)
		pthread_join(threads[i], NULL);
	maps = fopen("/proc/self/maps", "r");
	while (maps && fgets(line, sizeof(line), maps)) {
		unsigned long low, high, inode;
		char access[8], name[256] = "";

		sscanf(line, "%lx-%lx %7s %*s %*s %lu %255s", &low, &high, access, &inode, name);
		if (inode == 0 && access[0] == 'r' && (name[0] != '[' || strcmp(name, "[heap]") == 0))
			sum += high - low;
	}
	printf("mapped %lu\n", sum);
	fflush(stdout);
	_exit(0);
}
