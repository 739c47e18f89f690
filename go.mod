module github.com/vramlab/vramlab

go 1.26.0

tool (
	golang.org/x/perf/cmd/benchstat // compares runs as tables; scripts/compare
	honnef.co/go/tools/cmd/staticcheck // scripts/check
)

require (
	github.com/HdrHistogram/hdrhistogram-go v1.4.0 // latency histograms
	github.com/aclements/go-moremath v0.0.0-20210112150236-f10218a38794 // the distributions behind intervals and p values
	github.com/ebitengine/purego v0.11.3 // calls into C libraries without cgo
	github.com/google/pprof v0.0.0-20261016150608-1facf8f91b50 // reads CPU profiles for flame graphs
	github.com/kisielk/og-rek v1.3.0 // decodes pickles and runs nothing; the other one (gopickle) allocates what a frame claims, and has had no release since 2023
	github.com/klauspost/compress v1.20.3 // zstd, and a faster gzip, for traces
	github.com/pelletier/go-toml/v2 v2.4.3 // the file of an experiment; it says where each key stands, the other one (BurntSushi) only where syntax is wrong
	golang.org/x/image v0.46.0 // font weights in the figures
	golang.org/x/perf v0.0.0-20260908200009-22c9c6c9d4da // the benchmark format, its statistics, benchstat
	golang.org/x/sys v0.49.0 // the clock of a thread and its core, and the kernel's hardware counters
	golang.org/x/term v0.47.0 // asks whether there is a terminal, and how wide it is
	golang.org/x/text v0.42.0 // which letters take two cells of a terminal
	gonum.org/v1/plot v0.17.0 // the static figures of the report
)

require (
	github.com/chromedp/cdproto v0.160.1 // the commands of the browser that chromedp has no words for
	github.com/chromedp/chromedp v0.23.1 // drives Chromium in the tests of the report
)

require (
	codeberg.org/go-fonts/liberation v0.5.0 // indirect
	codeberg.org/go-latex/latex v0.2.0 // indirect
	codeberg.org/go-pdf/fpdf v0.11.1 // indirect
	git.sr.ht/~sbinet/gg v0.7.0 // indirect
	github.com/BurntSushi/toml v1.4.1-0.20240526193622-a339e1f7089c // indirect
	github.com/ajstarks/svgo v0.0.0-20211024235047-1546f124cd8b // indirect
	github.com/aristanetworks/gomap v0.0.0-20230726210543-f4e41046dced // indirect
	github.com/go-json-experiment/json v0.0.0-20260213210345-44df1a37e875 // indirect
	github.com/golang/freetype v0.0.0-20170609003504-e2365dfdc4a0 // indirect
	github.com/ianlancetaylor/demangle v0.0.0-20250417193237-f615e6bd150b // indirect
	golang.org/x/exp v0.0.0-20260824195058-e88cd73687aa // indirect
	golang.org/x/exp/typeparams v0.0.0-20231108232855-2478ac86f678 // indirect
	golang.org/x/mod v0.41.0 // indirect
	golang.org/x/sync v0.23.0 // indirect
	golang.org/x/tools v0.51.0 // indirect
	honnef.co/go/tools v0.8.2 // indirect
)
