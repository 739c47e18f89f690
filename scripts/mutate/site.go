package main

import (
	"encoding/json"
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"os"
	"path/filepath"
	"strconv"
	"strings"
)

// A site is a place where a fault can be planted, with the fault: bytes from to
// to of the file are replaced by text.
type site struct {
	pkg      *pkg
	file     string
	from, to int
	text     string
	line     string // the source line, without the space around it
	old      string // what is replaced
	nth      int    // how many like it stand before it in the file
}

// module is the prefix of import paths that names leave out.
const module = "github.com/vramlab/vramlab/"

// name identifies a fault without line numbers, so that it stays the same when
// the file changes elsewhere: package/file: "line": old -> new, and #2 behind the
// second of that name.
func (s site) name() string {
	path := strings.TrimPrefix(s.pkg.ImportPath, module)
	text := s.text
	if text == "" {
		text = "nothing"
	}
	name := fmt.Sprintf("%s/%s: %q: %s -> %s", path, filepath.Base(s.file), s.line, oneLine(s.old), text)
	if s.nth > 0 {
		name += fmt.Sprintf(" #%d", s.nth+1)
	}
	return name
}

func oneLine(s string) string { return strings.Join(strings.Fields(s), " ") }

// overlay writes the edited file and the description of it that go build reads.
func (s site) overlay(dir string) (string, error) {
	src, err := os.ReadFile(s.file)
	if err != nil {
		return "", err
	}
	edited := filepath.Join(dir, filepath.Base(s.file))
	out := string(src[:s.from]) + s.text + string(src[s.to:])
	if err := os.WriteFile(edited, []byte(out), 0o666); err != nil {
		return "", err
	}
	desc, err := json.Marshal(map[string]map[string]string{"Replace": {s.file: edited}})
	if err != nil {
		return "", err
	}
	path := filepath.Join(dir, "overlay.json")
	return path, os.WriteFile(path, desc, 0o666)
}

// exchanges are the operators that a fault puts in place of another.
var exchanges = map[token.Token][]token.Token{
	token.LSS: {token.LEQ, token.GEQ}, token.LEQ: {token.LSS, token.GTR},
	token.GTR: {token.GEQ, token.LEQ}, token.GEQ: {token.GTR, token.LSS},
	token.EQL: {token.NEQ}, token.NEQ: {token.EQL},
	token.ADD: {token.SUB}, token.SUB: {token.ADD},
	token.MUL: {token.QUO}, token.QUO: {token.MUL}, token.REM: {token.QUO},
	token.LAND: {token.LOR}, token.LOR: {token.LAND},
	token.AND: {token.OR}, token.OR: {token.AND}, token.AND_NOT: {token.AND},
	token.SHL: {token.SHR}, token.SHR: {token.SHL},
	token.ADD_ASSIGN: {token.SUB_ASSIGN}, token.SUB_ASSIGN: {token.ADD_ASSIGN},
	token.INC: {token.DEC}, token.DEC: {token.INC},
}

// sitesOf lists the faults possible in a file, in the order of the source.
func sitesOf(p *pkg, file string) ([]site, error) {
	src, err := os.ReadFile(file)
	if err != nil {
		return nil, err
	}
	fset := token.NewFileSet()
	parsed, err := parser.ParseFile(fset, file, src, parser.SkipObjectResolution)
	if err != nil {
		return nil, err
	}
	f := finder{pkg: p, file: file, src: src, fset: fset}
	for _, d := range parsed.Decls {
		if fn, ok := d.(*ast.FuncDecl); ok && fn.Body != nil {
			ast.Inspect(fn.Body, f.visit)
		}
	}
	return f.sites, nil
}

// finder collects the sites of a file.
type finder struct {
	pkg       *pkg
	file      string
	src       []byte
	fset      *token.FileSet
	sites     []site
	comparing token.Pos // end of the function that orders two values, if in one
}

func (f *finder) visit(n ast.Node) bool {
	switch n := n.(type) {
	case *ast.CallExpr:
		if fn, ok := n.Fun.(*ast.Ident); ok && fn.Name == "panic" {
			return false // the text of a panic is for people
		}
	case *ast.FuncLit:
		if compares(n.Type) {
			f.comparing = n.End()
		}
	case *ast.ReturnStmt:
		if n.Pos() < f.comparing && len(n.Results) == 1 && isSign(n.Results[0]) {
			return false // that it is less or greater counts, not how much
		}
		if last := len(n.Results) - 1; last > 0 && isNamed(n.Results[last], "err") {
			return false // nobody looks at what stands beside an error
		}
	case *ast.BinaryExpr:
		f.operator(n.OpPos, n.Op)
	case *ast.AssignStmt:
		f.operator(n.TokPos, n.Tok)
		if n.Tok != token.DEFINE {
			f.add(n.Pos(), n.End(), "")
		}
	case *ast.IncDecStmt:
		f.operator(n.TokPos, n.Tok)
	case *ast.ExprStmt:
		f.add(n.Pos(), n.End(), "")
	case *ast.IfStmt:
		if n.Init == nil {
			f.add(n.Cond.Pos(), n.Cond.End(), "!("+f.text(n.Cond.Pos(), n.Cond.End())+")")
		}
	case *ast.BranchStmt:
		if n.Tok == token.CONTINUE && n.Label == nil {
			f.add(n.Pos(), n.End(), "break")
		}
	case *ast.BasicLit:
		f.constant(n)
	case *ast.Ident:
		switch n.Name {
		case "true":
			f.add(n.Pos(), n.End(), "false")
		case "false":
			f.add(n.Pos(), n.End(), "true")
		case "min":
			f.add(n.Pos(), n.End(), "max")
		case "max":
			f.add(n.Pos(), n.End(), "min")
		}
	}
	return true
}

// compares reports whether a function literal looks like one that orders two values.
func compares(t *ast.FuncType) bool {
	return t.Params.NumFields() == 2 && t.Results.NumFields() == 1 && isNamed(t.Results.List[0].Type, "int")
}

// isSign reports whether e is 1 or -1.
func isSign(e ast.Expr) bool {
	if minus, ok := e.(*ast.UnaryExpr); ok {
		e = minus.X
	}
	lit, ok := e.(*ast.BasicLit)
	return ok && lit.Value == "1"
}

func isNamed(e ast.Expr, name string) bool {
	id, ok := e.(*ast.Ident)
	return ok && id.Name == name
}

func (f *finder) operator(at token.Pos, op token.Token) {
	for _, other := range exchanges[op] {
		f.add(at, at+token.Pos(len(op.String())), other.String())
	}
}

// constant makes a number one larger.
func (f *finder) constant(lit *ast.BasicLit) {
	if lit.Kind != token.INT {
		return
	}
	if n, err := strconv.ParseInt(lit.Value, 0, 62); err == nil {
		f.add(lit.Pos(), lit.End(), strconv.FormatInt(n+1, 10))
	}
}

func (f *finder) text(from, to token.Pos) string {
	return string(f.src[f.fset.Position(from).Offset:f.fset.Position(to).Offset])
}

func (f *finder) add(from, to token.Pos, text string) {
	a, b := f.fset.Position(from).Offset, f.fset.Position(to).Offset
	begin := strings.LastIndexByte(string(f.src[:a]), '\n') + 1
	line, _, _ := strings.Cut(string(f.src[begin:]), "\n")
	added := site{f.pkg, f.file, a, b, text, strings.TrimSpace(line), string(f.src[a:b]), 0}
	for _, s := range f.sites {
		if s.line == added.line && s.old == added.old && s.text == added.text {
			added.nth++
		}
	}
	f.sites = append(f.sites, added)
}
