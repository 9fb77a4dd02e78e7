System.Console.WriteLine("The walk through the whole flow comes with the joined parts.");
