package browser_test

import (
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/vramlab/vramlab/internal/browser"
)

func TestMain(m *testing.M) {
	code := m.Run()
	browser.Stop()
	os.Exit(code)
}

const sample = `<!doctype html><meta name="viewport" content="width=device-width"><title>sample</title><button id="b">0</button><p id="p" style="height:50px"></p><script>
const b = document.getElementById("b");
b.onclick = () => { setTimeout(() => { b.textContent++; }, 30); };
addEventListener("keydown", (e) => { document.title += e.key; });
document.getElementById("p").onpointermove = (e) => { document.getElementById("p").textContent = "at " + Math.round(e.offsetX / e.target.clientWidth * 100); };
</script>`

// TestPage uses a page as a reader would.
func TestPage(t *testing.T) {
	path := filepath.Join(t.TempDir(), "sample.html")
	if err := os.WriteFile(path, []byte(sample), 0o666); err != nil {
		t.Fatal(err)
	}
	p := browser.Open(t, browser.File(t, path, "#here"), 390, 700)
	if got := p.Number("innerWidth"); got != 390 || p.Overflow() > 0 {
		t.Errorf("the window is %v wide, the page %d more", got, p.Overflow())
	}
	p.Click("#b")
	p.Until("b.textContent === '1'")
	p.Keys("w" + browser.Right)
	p.Point("#p", 0.5, 0.5)
	if got := p.Text("document.title + document.getElementById('p').textContent + location.hash"); got != "samplewArrowRightat 50#here" {
		t.Errorf("the page says %q", got)
	}
	p.Media("print", "prefers-color-scheme=dark")
	if p.Number("matchMedia('print').matches && matchMedia('(prefers-color-scheme: dark)').matches") != 1 {
		t.Error("the page is not dark on paper")
	}
	if !bytes.HasPrefix(p.Print(), []byte("%PDF")) || !bytes.HasPrefix(p.Screenshot(), []byte("\x89PNG")) {
		t.Error("no PDF or no PNG")
	}
	p.Eval("console.error('provoked')", nil)
	p.Eval("setTimeout(() => { throw new Error('thrown') }, 0)", nil)
	p.Until("true")
	p.Eval("new Promise((r) => setTimeout(r, 50))", nil)
	if got := strings.Join(p.Forgive(), " "); !strings.Contains(got, "provoked") || !strings.Contains(got, "thrown") {
		t.Errorf("the console said %q", got)
	}
}
