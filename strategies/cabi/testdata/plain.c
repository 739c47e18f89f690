/* A shared library that knows nothing of vramlab. */
int answer(void) { return 42; }
