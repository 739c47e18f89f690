// Package spelling asks which of the names there are a mistyped one was meant to be.
package spelling

// Meant asks for the name that want is nearest to, the first of them: "" if none is near.
func Meant(want string, names []string) string {
	best, least := "", nearEnough(want)+1
	for _, name := range names {
		if d := edits(want, name); d < least {
			best, least = name, d
		}
	}
	if best == "" {
		return ""
	}
	return "; did you mean " + best + "?"
}

// nearEnough is how many edits make a typing mistake of a word: one, two of a long word,
// none of a word that another word of that length could be meant by.
func nearEnough(word string) int {
	switch n := len(word); {
	case n < 3:
		return 0
	case n < 6:
		return 1
	}
	return 2
}

// edits is the least number of letters to insert, drop, replace or swap with the next that
// makes b of a, with no letter touched twice.
func edits(a, b string) int {
	rows := [3][]int{make([]int, len(b)+1), make([]int, len(b)+1), make([]int, len(b)+1)}
	for j := range rows[0] {
		rows[0][j] = j
	}
	for i := range len(a) {
		above, row := rows[i%3], rows[(i+1)%3]
		row[0] = i + 1
		for j := range len(b) {
			change := 1
			if a[i] == b[j] {
				change = 0
			}
			row[j+1] = min(above[j]+change, above[j+1]+1, row[j]+1)
			if i > 0 && j > 0 && a[i] == b[j-1] && a[i-1] == b[j] {
				row[j+1] = min(row[j+1], rows[(i+2)%3][j-1]+1)
			}
		}
	}
	return rows[len(a)%3][len(b)]
}
